using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Ports;

/// <summary>Sends one request to one model, once. Retrying, reserving and choosing are the caller's.</summary>
public interface IModelClient
{
    /// <summary>True when this client speaks to such a model.</summary>
    bool Serves(ModelBinding model);

    /// <summary>
    /// Sends the exact bytes. Never throws for what an endpoint does: a failure is data, told apart by whether it may have been served.
    /// Cancellation aborts the call and returns <see cref="ModelFailureKind.Aborted"/>.
    /// </summary>
    ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken);
}

/// <param name="Loop">Sent as <c>x-session-id</c>.</param>
/// <param name="Turn">Sent as <c>x-loop-turn</c>: replies this agent got so far in this loop, plus the <see cref="ModelAnswer.Skipped"/> of
/// each.</param>
/// <param name="Role">Of the agent that asks. Sent as <c>x-loop-role</c>.</param>
/// <param name="Body">A chat completion request, as the engine wrote it.</param>
/// <param name="OnText">Told pieces of text as they arrive, when the endpoint streams. May be null.</param>
public sealed record ModelCall(
    ModelBinding Model,
    LoopId Loop,
    string Role,
    int Turn,
    ReadOnlyMemory<byte> Body,
    Action<string>? OnText = null
)
{
    /// <summary>The agent that asks, where its role has several. Sent as <c>x-loop-agent</c>. Default: <see cref="Role"/>.</summary>
    public string Agent { get; init; } = Role;

    /// <summary>Sent as <c>x-llm-d-inference-fairness-id</c>; calls wait for their place in turn with other tenants'.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>The replica that answered this agent last, and whether that was not long ago.</summary>
    public (string Url, bool IsWarm)? Last { get; init; }
}

/// <summary>Exactly one of the two is set.</summary>
public sealed record ModelResult(ModelAnswer? Answer, ModelFailure? Failure)
{
    /// <summary>The replica that was asked; null where there was none to choose.</summary>
    public ReplicaChoice? Replica { get; init; }
}

/// <param name="Usage">Null when the endpoint named none.</param>
/// <param name="Skipped">
/// Replies of a script that were passed over. Kept in <c>model-replied</c> and added to the next <see cref="ModelCall.Turn"/>, so that the
/// ledger alone says where in the script a loop is.
/// </param>
public sealed record ModelAnswer(string Text, IReadOnlyList<ToolCall> Tools, ReplyFinish Finish, Usage? Usage, int Skipped = 0)
{
    /// <summary>
    /// What the message carried beyond the reference, as a JSON object; under <c>tool_calls</c> a list with an object for each call. Null
    /// when nothing did.
    /// </summary>
    public string? Extra { get; init; }
}

/// <param name="Served">True when the server may have done (and billed) the work.</param>
/// <param name="Rejected">The parameter a refusal named.</param>
public sealed record ModelFailure(
    ModelFailureKind Kind,
    string Message,
    bool Served,
    TimeSpan? RetryAfter = null,
    RejectedParameter? Rejected = null
);
