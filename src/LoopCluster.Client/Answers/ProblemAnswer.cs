using LoopCluster.Engine.Errors;

namespace LoopCluster.Client.Answers;

/// <summary>A problem as RFC 9457 writes it, with a stable <c>code</c> and, for bad input, every fault with its path.</summary>
/// <param name="Path">Of the first fault.</param>
/// <param name="TraceId">Finds it in the server's log.</param>
public sealed record ProblemAnswer(
    string? Type = null, string? Title = null, int Status = 0, string? Detail = null, string? Code = null, string? Path = null, IReadOnlyList<InputFault>? Faults = null, string? TraceId = null);
