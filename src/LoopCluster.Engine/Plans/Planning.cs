using System.Collections.Immutable;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Plans;

/// <summary>How far a loop is with its plan: with making it, and then with its steps. Immutable.</summary>
public sealed record Planning
{
    public static readonly Planning None = new();

    /// <summary>Replies that were no plan.</summary>
    public int Refused { get; init; }

    /// <summary>A reply that is not read yet.</summary>
    public PlanReply? Reply { get; init; }

    /// <summary>Null before there is a plan, and where there will be none.</summary>
    public IReadOnlyList<PlanStep>? Steps { get; init; }

    /// <summary>There is a plan, or nobody is asked for one again.</summary>
    public bool IsOver { get; init; }

    /// <summary>The last check of each step that was said to be done.</summary>
    public ImmutableDictionary<string, StepChecked> Checks { get; init; } = ImmutableDictionary<string, StepChecked>.Empty;

    public bool IsDone(string step) => Checks.GetValueOrDefault(step)?.Done == true;

    /// <summary>Steps that have to be done before <paramref name="step"/> and are not.</summary>
    public IReadOnlyList<string> WaitsFor(PlanStep step) => [.. (step.Needs ?? []).Where(n => !IsDone(n))];

    public int Done => Steps?.Count(s => IsDone(s.Id)) ?? 0;
}

/// <param name="Calls">Tools that it called, though it has none.</param>
public sealed record PlanReply(string Text, ReplyFinish Finish, int Calls);
