namespace LoopCluster.Engine.Errors;

/// <param name="Code">Stable: never another meaning, never another name.</param>
/// <param name="Meaning">What is wrong, and what to do.</param>
public sealed record ErrorCode(string Code, ErrorKind Kind, string Meaning);
