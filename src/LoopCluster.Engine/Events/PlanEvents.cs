namespace LoopCluster.Engine.Events;

/// <summary>The planner's reply is a plan: the steps of the loop from here on.</summary>
public sealed record PlanMade(int Try, IReadOnlyList<PlanStep> Steps) : LoopEvent;

/// <summary>The planner's reply is none, or it cannot be asked again.</summary>
/// <param name="Last">Nobody asks again: the loop goes on without a plan.</param>
public sealed record PlanRefused(int Try, string Fault, bool Last) : LoopEvent;

/// <summary>A piece of the work.</summary>
/// <param name="Id">Unique in the plan.</param>
/// <param name="Check">How one sees that it is done.</param>
public sealed record PlanStep(string Id, string Title, string Check)
{
    /// <summary>Steps that have to be done before.</summary>
    public IReadOnlyList<string>? Needs { get; init; }

    /// <summary>A command that shows it: the step is done when it ends with exit code 0 in a clean room.</summary>
    public string? Gate { get; init; }

    /// <summary>What it is about.</summary>
    public IReadOnlyList<string>? Files { get; init; }
}

/// <summary>The maker says that a step is done; its gate, where it has one, was run on the tree.</summary>
public sealed record StepChecked : LoopEvent
{
    public required string Step { get; init; }

    public required bool Done { get; init; }

    /// <summary>Tree of the change.</summary>
    public required string Tree { get; init; }

    /// <summary>Of the gate's run; null for a step without one, which is done when the maker says so.</summary>
    public GateOutcome? Outcome { get; init; }

    public RunEnd? End { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>See <see cref="GateCompleted.Steering"/>.</summary>
    public IReadOnlyList<string>? Steering { get; init; }

    /// <summary>See <see cref="GateCompleted.Blocked"/>.</summary>
    public IReadOnlyList<string>? Blocked { get; init; }
}
