using System.Text.Json.Serialization;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Client.Answers;

/// <summary>A problem as RFC 9457 writes it, with a stable <c>code</c> and, for bad input, every fault with its path.</summary>
/// <param name="Path">Of the first fault.</param>
/// <param name="TraceId">Finds it in the server's log.</param>
public sealed record ProblemAnswer(
    string? Type = null,
    string? Title = null,
    int Status = 0,
    string? Detail = null,
    string? Code = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Path = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<InputFault>? Faults = null,
    string? TraceId = null
);
