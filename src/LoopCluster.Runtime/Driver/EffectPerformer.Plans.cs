using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Plans;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Runtime.Driver;

/// <summary>Steps of a plan that the maker says are done: their gate is run as any gate is, and the engine says what it means.</summary>
internal sealed partial class EffectPerformer
{
    private async Task<IReadOnlyList<LoopEvent>> CheckStepAsync(RunTool run, LoopState state, CancellationToken cut)
    {
        if (PlanRules.Find(state, run.Arguments.Text("step").Trim(), out var fault) is not { } step)
        {
            return One(Ended(run.Call, ToolOutcome.Error, $"error: {fault}"));
        }

        if (step.Gate is null)
        {
            return [Ended(run.Call, ToolOutcome.Ok, $"step '{step.Id}' is done"), PlanRules.Conclude(step, state.Workspace.Tree, null)];
        }

        var tree = await GatedTreeAsync(state, cut).ConfigureAwait(false);
        var setting = new GateSetting(
            GatePhase.Verify,
            tree,
            state.Base.Tree,
            state.Prepared!.ImageId,
            state.Prepared.Layer,
            TimeSpan.FromSeconds(run.Request.ReservedSeconds)
        );
        var seen = await _gates
            .RunAsync(state, PlanRules.GateOf(step), setting, () => RequireTenureAsync(state, cut), cut)
            .ConfigureAwait(false);
        cut.ThrowIfCancellationRequested();
        var check = PlanRules.Conclude(step, state.Workspace.Tree, seen);
        var completed = Ended(run.Call, ToolOutcome.Ok, "") with
        {
            ExitCode = seen.ExitCode,
            Output = Headed(
                seen.Output,
                $"[step '{step.Id}': {(check.Done ? "its gate passed, it is done" : "its gate has not passed")}]\n"
            ),
            SandboxSeconds = seen.SandboxSeconds,
        };
        return [completed, check];
    }

    private static OutputText Headed(OutputText output, string head) =>
        output.Text is { } text ? OutputText.Inline(head + text) : output with { Head = head + output.Head };
}
