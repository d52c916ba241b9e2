using System.Text;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>Makes the trees on which a gate is tested itself, as the engine says from what stands in them.</summary>
public sealed class ProbeTrees(IWorkspaces workspaces)
{
    private const int MostRounds = 8;
    private const int MostFiles = 400;
    private const int MostText = 256 * 1024;
    private const int MostNamed = 50;

    /// <param name="passed">The tree the gate passed on.</param>
    /// <returns>The tree to run it on; null when nothing can be done, which is a result too.</returns>
    public async ValueTask<(string? Tree, GateProbe Probe)> MakeAsync(
        RunGate effect,
        LoopState state,
        string passed,
        CancellationToken cancellationToken
    ) =>
        effect.Start.Phase switch
        {
            GatePhase.Canary => await CanaryAsync(effect.Gate, effect.Start.Nonce ?? "", state, passed, cancellationToken)
                .ConfigureAwait(false),
            GatePhase.Counterfactual => await CounterfactualAsync(state, passed, cancellationToken).ConfigureAwait(false),
            _ => await SabotageAsync(effect.Start.Run, state, passed, cancellationToken).ConfigureAwait(false),
        };

    /// <param name="nonce">What our checks say when they fail.</param>
    public async ValueTask<(string? Tree, GateProbe Probe)> CanaryAsync(
        CommandGate gate,
        string nonce,
        LoopState state,
        string passed,
        CancellationToken cancellationToken
    )
    {
        var paths = await workspaces.ListFilesAsync(state.Id, passed, cancellationToken).ConfigureAwait(false);
        var texts = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var round = 0; ; round++)
        {
            var plan = CanaryPlan.Make(gate, paths, texts, nonce, out var wanted);
            if (wanted.Count == 0 || round == MostRounds || texts.Count >= MostFiles)
            {
                return plan is null
                    ? (null, new GateProbe())
                    : await EditAsync(
                            state,
                            passed,
                            plan.Kind,
                            [.. plan.Files.Select(f => new TreeEdit(f.Key, f.Value))],
                            cancellationToken
                        )
                        .ConfigureAwait(false);
            }

            foreach (var path in wanted.Take(MostFiles - texts.Count))
            {
                texts[path] = await workspaces.ReadFileAsync(state.Id, passed, path, MostText, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<(string? Tree, GateProbe Probe)> CounterfactualAsync(
        LoopState state,
        string passed,
        CancellationToken cancellationToken
    )
    {
        var changed = await workspaces.ChangedAsync(state.Id, state.Base.Tree, passed, cancellationToken).ConfigureAwait(false);
        var part = SteeringPart.Of(state.Spec, changed);
        if (part.Count == 0)
        {
            return (null, new GateProbe { Of = changed.Count });
        }

        var (tree, probe) = await EditAsync(
                state,
                state.Base.Tree,
                "steering",
                [.. part.Select(p => new TreeEdit(p, FromTree: passed))],
                cancellationToken
            )
            .ConfigureAwait(false);
        return (tree, probe with { Whole = part.Count == changed.Count });
    }

    private async ValueTask<(string? Tree, GateProbe Probe)> SabotageAsync(
        int run,
        LoopState state,
        string passed,
        CancellationToken cancellationToken
    )
    {
        var diff = await workspaces.DiffAsync(state.Id, state.Base.Tree, passed, cancellationToken).ConfigureAwait(false);
        var parts = SabotagePlan.PartsOf(state.Spec, Encoding.UTF8.GetString(diff.Span));
        if (run > parts.Count)
        {
            return (null, new GateProbe { Of = parts.Count });
        }

        var part = parts[run - 1];
        var text = part.IsWhole
            ? null
            : part.TakenFrom(
                await workspaces.ReadFileAsync(state.Id, passed, part.Path, MostText, cancellationToken).ConfigureAwait(false)
            );
        var edit = text is null ? new TreeEdit(part.Path, FromTree: state.Base.Tree) : new TreeEdit(part.Path, text);
        var (tree, probe) = await EditAsync(state, passed, "reverted", [edit], cancellationToken).ConfigureAwait(false);
        return (tree, probe with { Paths = [part.ToString()], Of = parts.Count });
    }

    private async ValueTask<(string? Tree, GateProbe Probe)> EditAsync(
        LoopState state,
        string tree,
        string kind,
        IReadOnlyList<TreeEdit> edits,
        CancellationToken cancellationToken
    )
    {
        var edited = await workspaces.EditTreeAsync(state.Id, tree, edits, cancellationToken).ConfigureAwait(false);
        return (edited, new GateProbe { Kind = kind, Paths = [.. edits.Take(MostNamed).Select(e => e.Path)] });
    }
}
