using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>Gates: what is seen of a run becomes its event by the engine's verdict.</summary>
internal sealed partial class EffectPerformer
{
    private readonly GateRunner _gates = new(ports, keeps: true);

    private async Task<IReadOnlyList<LoopEvent>> RunGateAsync(RunGate effect, LoopState state, CancellationToken cut)
    {
        var start = effect.Start;
        GateRun run;
        try
        {
            run = await SeeGateAsync(effect, state, cut).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            run = GateRun.Not(RunEnd.CutOff, "cut off", start.ReservedSeconds);
        }
        catch (Exception e) when (EndsEffectOnly(e))
        {
            run = GateRun.Not(RunEnd.Unavailable, Explain(e, effect).Message);
        }

        return One(GateVerdict.Conclude(effect.Gate, start, run, GateVerdict.Least(state, effect.Gate)));
    }

    private async Task<GateRun> SeeGateAsync(RunGate effect, LoopState state, CancellationToken cut)
    {
        var start = effect.Start;
        var workspace = await WorkspaceAsync(state, cut).ConfigureAwait(false);
        var tree =
            start.Phase == GatePhase.Baseline
                ? new GateTree(start.Tree, [], [])
                : await ports
                    .Workspaces.BuildGateTreeAsync(state.Id, state.Base.Tree, start.Tree, GateGuard.Of(state), cut)
                    .ConfigureAwait(false);
        var (baseTree, probe) = (state.Base.Tree, (GateProbe?)null);
        if (start.IsProbe)
        {
            (var altered, probe) = await new ProbeTrees(ports.Workspaces).MakeAsync(effect, state, tree.Tree, cut).ConfigureAwait(false);
            if (altered is null)
            {
                return GateRun.Not(RunEnd.NotBegun, "") with { GateTree = tree.Tree, Probe = probe };
            }

            // What was put in is kept as the base's own tests are.
            tree = new GateTree(altered, [], []);
            baseTree = altered;
        }

        var setting = new GateSetting(
            start.Phase,
            tree,
            baseTree,
            state.Prepared!.ImageId,
            state.Prepared.Layer,
            TimeSpan.FromSeconds(start.ReservedSeconds),
            start.Nonce
        );
        var run = await _gates.RunAsync(state, effect.Gate, setting, () => RequireTenureAsync(state, cut), cut).ConfigureAwait(false);
        return start.Phase == GatePhase.Verify && run.ExitCode is not null ? run with { Scratch = workspace.Scratch }
            : probe is null ? run
            : run with { Probe = probe with { Seen = run.Probe?.Seen, Fooled = run.Probe?.Fooled } };
    }
}
