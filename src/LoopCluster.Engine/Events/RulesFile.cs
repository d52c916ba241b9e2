namespace LoopCluster.Engine.Events;

/// <summary>A file in which a repository tells agents how to work on it.</summary>
/// <param name="Text">Null for <c>.agent/RULES.md</c>, which is in <see cref="BaseImported.Rules"/>, and for a file that is not
/// taken.</param>
/// <param name="Skipped">Why it is not taken.</param>
public sealed record RulesFile(string Path, string? Text = null, string? Skipped = null);
