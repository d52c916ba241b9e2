using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// Where a loop stands. <see cref="Running"/>, <see cref="Waiting"/>, <see cref="Parked"/>, <see cref="Paused"/> and <see cref="Queued"/>
/// go on; every other value is final.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<LoopStatus>))]
public enum LoopStatus
{
    /// <summary>Not ended; a driver works on it or may take it up. Exit code 0 is not implied.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>Parked until a person answers. Exit code 9.</summary>
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    /// <summary>Every gate passed on the final tree and a proof was signed. Exit code 0.</summary>
    [JsonStringEnumMemberName("verified")]
    Verified,

    /// <summary>A ceiling of the budget was reached. Exit code 3.</summary>
    [JsonStringEnumMemberName("budget-exhausted")]
    BudgetExhausted,

    /// <summary>The loop repeats itself without progress. Exit code 4.</summary>
    [JsonStringEnumMemberName("stuck")]
    Stuck,

    /// <summary>A person cancelled it. Exit code 5.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,

    /// <summary>A gate could not be run, or cannot start at all. Exit code 6.</summary>
    [JsonStringEnumMemberName("gate-unavailable")]
    GateUnavailable,

    /// <summary>
    /// Sandbox or model cannot serve this loop, now or later (a script at its end, a goal longer than the window). Exit code 7.
    /// </summary>
    [JsonStringEnumMemberName("unavailable")]
    Unavailable,

    /// <summary>The task itself is refused: a gate is green on the base, or a person said no. Exit code 2.</summary>
    [JsonStringEnumMemberName("rejected")]
    Rejected,

    /// <summary>A fault of ours. Exit code 1.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>
    /// Not ended: what it cannot go on without was away for longer than its patience. <c>resume</c> goes on. Exit code 7.
    /// </summary>
    [JsonStringEnumMemberName("parked")]
    Parked,

    /// <summary>Not ended: a person stopped it for a while. <c>resume</c> goes on. Exit code 9.</summary>
    [JsonStringEnumMemberName("paused")]
    Paused,

    /// <summary>Not begun: its tenant runs as many loops as it may. Exit code 0 is not implied.</summary>
    [JsonStringEnumMemberName("queued")]
    Queued,
}
