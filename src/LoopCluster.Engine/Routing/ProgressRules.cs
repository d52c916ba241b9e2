using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Routing;

/// <summary>
/// What gates' runs, and the maker's own runs of their commands, say of the progress. Only kept where the maker has tiers to choose from.
/// </summary>
internal static class ProgressRules
{
    public static LoopState After(LoopState state, GateCompleted e)
    {
        if (!Matters(state) || e.IsProbe || state.Spec.Gates.FirstOrDefault(g => g.Name == e.Gate) is not CommandGate gate)
        {
            return state;
        }

        if (e.Phase == GatePhase.Baseline)
        {
            return CountOf(e) is { } began ? state with { Progress = state.Progress.Began(e.Gate, began) } : state;
        }

        return e.Outcome == GateOutcome.Passed
            ? gate.Baseline == GateBaseline.Red
                ? Looked(state, state.Progress.Passed(e.Gate))
                : state
            : CountOf(e) is { } count
                ? Looked(state, state.Progress.Saw(e.Gate, count))
                : state;
    }

    /// <summary>The maker ran a gate's command itself: as good a look as the gate's own, long before the attempt ends.</summary>
    public static LoopState After(LoopState state, ToolCall call, ToolCompleted e)
    {
        if (
            !Matters(state)
            || e is not { Tool: ToolNames.Shell, Outcome: ToolOutcome.Ok }
            || GateOf(state, call) is not { } gate
            || TestCounts.Of(e.Output.Text ?? e.Output.Tail ?? "") is not { } count
        )
        {
            return state;
        }

        return Looked(state, state.Progress.Saw(gate.Name, count));
    }

    private static bool Matters(LoopState state) => state.Agents[AgentNames.Make].Bindings is [.., { Level: > 0 }];

    /// <summary>The first look at all has nothing to be compared with.</summary>
    private static LoopState Looked(LoopState state, GateProgress next) =>
        next.Best.Count > state.Progress.Best.Count
            ? state with
            {
                Progress = next,
            }
            : state with
            {
                Progress = next,
                Agents = state.Agents.With(RoutingRules.Looked(state.Agents[AgentNames.Make], next.Steps > state.Progress.Steps)),
            };

    private static CommandGate? GateOf(LoopState state, ToolCall call)
    {
        var command =
            ToolArguments.Read(call.Arguments) is { ValueKind: System.Text.Json.JsonValueKind.Object } arguments
            && arguments.TryGetProperty("command", out var text)
            && text.ValueKind == System.Text.Json.JsonValueKind.String
                ? text.GetString()!
                : "";
        return state.Spec.Gates.OfType<CommandGate>().FirstOrDefault(g => command.Contains(g.Run.Trim(), StringComparison.Ordinal));
    }

    private static TestCount? CountOf(GateCompleted e) => e is { Tests: { } ran, Failing: { } failed } ? new TestCount(ran, failed) : null;
}
