using System.Text;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>What judges are shown, and whether what they cite is there.</summary>
internal sealed partial class EffectPerformer
{
    /// <summary>A longer file is no text that a person would cite a line of.</summary>
    private const int MostCited = 64 * 1024 * 1024;

    private async Task<JudgeBriefed> BriefJudgesAsync(LoopState state, CancellationToken cut)
    {
        var gated = await GatedTreeAsync(state, cut).ConfigureAwait(false);
        var raw = await ports.Workspaces.DiffAsync(state.Id, state.Base.Tree, gated.Tree, cut).ConfigureAwait(false);
        var text = SecretsOf(state).Redact(Encoding.UTF8.GetString(raw.Span));
        var bytes = Encoding.UTF8.GetBytes(text);
        var blob = await ports.Blobs.PutAsync(bytes, CancellationToken.None).ConfigureAwait(false);
        return new JudgeBriefed
        {
            Tree = state.Workspace.Tree,
            GateTree = gated.Tree,
            Diff = blob,
            Restored = [.. gated.Restored.Take(MostNamed)],
            Text = bytes.Length <= JudgeBriefed.InlineLimit ? text : null,
            Content = text,
        };
    }

    private async Task<JudgeAnswered> SeeCitedAsync(SeeCited effect, LoopState state, CancellationToken cut)
    {
        var gated = await GatedTreeAsync(state, cut).ConfigureAwait(false);
        if (gated.Tree != effect.Brief.GateTree)
        {
            throw new LoopClusterException("internal-error", $"tree {effect.Brief.GateTree} is judged, and it comes out as {gated.Tree}");
        }

        var cited = new List<CitedFile>();
        foreach (var path in effect.Paths)
        {
            var text = await ports.Workspaces.ReadFileAsync(state.Id, gated.Tree, path, MostCited, cut).ConfigureAwait(false);
            cited.Add(new CitedFile(path, text is null ? null : LinesOf(text)));
        }

        return JudgeRules.Answer(state, cited);
    }

    /// <summary>It follows from base, change and guard, so it is there on any host.</summary>
    private async ValueTask<GateTree> GatedTreeAsync(LoopState state, CancellationToken cut)
    {
        await WorkspaceAsync(state, cut).ConfigureAwait(false);
        return await ports
            .Workspaces.BuildGateTreeAsync(state.Id, state.Base.Tree, state.Workspace.Tree, GateGuard.Of(state), cut)
            .ConfigureAwait(false);
    }

    private static int LinesOf(string text) => text.AsSpan().Count('\n') + (text.Length == 0 || text.EndsWith('\n') ? 0 : 1);
}
