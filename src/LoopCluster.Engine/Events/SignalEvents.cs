using System.Text.Json.Serialization;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Events;

/// <summary>
/// A person's message; it reaches the model with the next request. <paramref name="Id"/> makes a repeated signal count once.
/// </summary>
public sealed record MessageReceived(string Id, string By, string Text) : LoopEvent;

/// <summary>Not terminal: what runs is aborted and recorded first.</summary>
public sealed record CancelRequested(string Id, string By, string Reason) : LoopEvent;

/// <summary>Not terminal: what runs comes to its end, and nothing more is begun until <see cref="ResumeRequested"/>.</summary>
public sealed record PauseRequested(string Id, string By, string Reason) : LoopEvent;

/// <summary>Ends a pause.</summary>
public sealed record ResumeRequested(string Id, string By) : LoopEvent;

[JsonConverter(typeof(JsonStringEnumConverter<ParkCause>))]
public enum ParkCause
{
    /// <summary>It was away for longer than the spec's <c>outage</c>.</summary>
    [JsonStringEnumMemberName("outage")]
    Outage,

    /// <summary>It refuses (a key, a name, a quota): waiting does not help, a person does.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,
}

/// <summary>Not terminal: the loop goes on when it is taken up again, with fresh patience.</summary>
public sealed record LoopParked(ParkCause Cause, OutageOf Of, string Reason) : LoopEvent;

[JsonConverter(typeof(JsonStringEnumConverter<ApprovalKind>))]
public enum ApprovalKind
{
    /// <summary>A tool call that the policy asks about.</summary>
    [JsonStringEnumMemberName("tool")]
    Tool,

    /// <summary>The change of a single-shot loop without gates.</summary>
    [JsonStringEnumMemberName("change")]
    Change,
}

/// <summary>The loop waits for a person. An approval binds exactly what is named here and is used once.</summary>
public sealed record ApprovalAsked : LoopEvent
{
    public required ApprovalKind Kind { get; init; }

    public string? Call { get; init; }

    public string? Tool { get; init; }

    /// <summary>The exact arguments.</summary>
    public string? Arguments { get; init; }

    /// <summary>Tree of the workspace when it was asked.</summary>
    public required string Tree { get; init; }

    public string? Rule { get; init; }

    /// <summary>
    /// Of a change whose gates are green: what a person has to weigh all the same. Null where nothing of the kind is asked.
    /// </summary>
    public IReadOnlyList<string>? Reasons { get; init; }
}

/// <summary>The answer to the <c>approval-asked</c> in entry <paramref name="Asked"/>.</summary>
public sealed record ApprovalGiven(string Id, long Asked, string By, bool Granted, string? Reason = null) : LoopEvent;

/// <summary>The driver's clock passed the deadline.</summary>
public sealed record DeadlinePassed : LoopEvent;

/// <summary>A bill was above its reservation: counted, and the loop halts.</summary>
public sealed record BudgetOverrun(string What, decimal Reserved, decimal Settled) : LoopEvent;

/// <summary>
/// An effect could not be carried out because something under it is broken. Nothing is known to have happened; it is tried again within
/// bounds.
/// </summary>
public sealed record InfrastructureFailed(string Code, string Message) : LoopEvent;
