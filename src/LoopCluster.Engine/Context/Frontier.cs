using System.Collections.Immutable;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Context;

/// <summary>Where the loop stood when the attempt began: what the model is told first, and again after a stride of pruning.</summary>
public sealed record Frontier
{
    public static readonly Frontier Empty = new();

    public int Attempt { get; init; }

    public IReadOnlyList<string> Changed { get; init; } = [];

    public int Files { get; init; }

    /// <summary>The gate that failed last.</summary>
    public GateCompleted? LastGate { get; init; }

    /// <summary>Why the attempt before this one failed, when it was not a gate.</summary>
    public string? LastReason { get; init; }

    /// <summary>Gates that were red and green on the files as they are, in words.</summary>
    public IReadOnlyList<string> Flaky { get; init; } = [];

    public ImmutableList<AttemptFailed> Failed { get; init; } = [];

    public ImmutableList<string> Notes { get; init; } = [];

    public ImmutableList<MessageReceived> Messages { get; init; } = [];

    /// <summary>The plan with its steps; null without one.</summary>
    public Plans.Planning? Plan { get; init; }

    public BudgetSpend Spend { get; init; } = new();

    /// <summary>Characters of one text that are shown, in the frontier and above it.</summary>
    public int Limit { get; init; } = int.MaxValue;

    internal static Frontier Of(LoopState state, int attempt, Agent agent)
    {
        var last = state.FailedAttempts.Count > 0 ? state.FailedAttempts[^1] : null;
        return new Frontier
        {
            Attempt = attempt,
            Changed = state.Workspace.Changed,
            Files = state.Workspace.Files,
            LastGate = FailedGate(state),
            LastReason = last?.Reason,
            Flaky = Gates.FlakeRules.Told(state),
            Failed = state.FailedAttempts,
            Notes = state.Notes,
            Plan = state.Planning.Steps is null ? null : state.Planning,
            Messages = state.Messages,
            Spend = state.Spend,
            Limit = WindowRoom.ForOneText(agent.Room.Window, agent.Conversation.TokensPerByte),
        };
    }

    /// <summary>
    /// Turns were left out: what they kept and were told stands here from now on. The gate's word stays as the attempt began with it.
    /// </summary>
    internal Frontier Refreshed(LoopState state) =>
        this with
        {
            Changed = state.Workspace.Changed,
            Files = state.Workspace.Files,
            Notes = state.Notes,
            Plan = state.Planning.Steps is null ? null : state.Planning,
            Messages = state.Messages,
        };

    private static GateCompleted? FailedGate(LoopState state)
    {
        foreach (var gate in state.Spec.Gates)
        {
            if (
                state.GateResults.TryGetValue(gate.Name, out var result)
                && result.Outcome != GateOutcome.Passed
                && result.Tree == state.Workspace.Tree
            )
            {
                return result;
            }

            if (state.Attempt == 0 && state.Baseline.TryGetValue(gate.Name, out var baseline) && baseline.Outcome != GateOutcome.Passed)
            {
                return baseline;
            }
        }

        return null;
    }
}
