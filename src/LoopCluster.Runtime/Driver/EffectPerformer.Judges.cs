using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Runtime.Driver;

/// <summary>What judges are shown, and whether what they cite is there.</summary>
internal sealed partial class EffectPerformer
{
    /// <summary>A longer file is no text that a person would cite a line of.</summary>
    private const int MostCited = 64 * 1024 * 1024;

    /// <summary>The judged tree, checked out while judges read in it.</summary>
    private (string Tree, ICheckout Files)? _judged;

    private async Task<JudgeRead> ReadForJudgeAsync(ReadForJudge effect, LoopState state, CancellationToken cut)
    {
        var (outcome, output) = await ReadAsync(
                effect.Call.Name,
                effect.Arguments,
                async () => new JudgedFiles(await JudgedAsync(effect.Brief.GateTree, state, cut).ConfigureAwait(false)),
                state,
                cut
            )
            .ConfigureAwait(false);
        return new JudgeRead
        {
            Agent = effect.Agent,
            Call = effect.Call.Id,
            Tool = effect.Call.Name,
            Outcome = outcome,
            Output = output,
        };
    }

    /// <summary>Runs a tool that only reads.</summary>
    private async Task<(ToolOutcome Outcome, OutputText Output)> ReadAsync(
        string name,
        JsonElement arguments,
        Func<Task<IWorkspace>> open,
        LoopState state,
        CancellationToken cut
    )
    {
        if (!ports.Tools.TryGet(name, out var tool))
        {
            return (ToolOutcome.Error, OutputText.Inline($"tool '{name}' is not there on this host; do without it"));
        }

        var files = await open().ConfigureAwait(false);
        var invocation = new ToolInvocation(
            state,
            arguments,
            files,
            ports.Sandbox,
            OwnerOf(state),
            ShapeOf(state, files),
            ports.Blobs,
            TimeSpan.Zero
        );
        var result = await tool.RunAsync(invocation, cut).ConfigureAwait(false);
        cut.ThrowIfCancellationRequested();
        var raw = SecretsOf(state).Redact(result.Output);
        var output = await OutputStore
            .KeepAsync(ports.Blobs, raw, result.OutputBytes ?? raw.Length, CancellationToken.None)
            .ConfigureAwait(false);
        return (result.Outcome, output);
    }

    private async ValueTask<ICheckout> JudgedAsync(string tree, LoopState state, CancellationToken cut)
    {
        if (_judged is { } known && known.Tree == tree)
        {
            return known.Files;
        }

        await DropJudgedAsync().ConfigureAwait(false);
        var gated = await GatedTreeAsync(state, cut).ConfigureAwait(false);
        var files = await ports.Workspaces.CheckoutAsync(state.Id, gated.Tree, cut).ConfigureAwait(false);
        _judged = (tree, files);
        return files;
    }

    private async ValueTask DropJudgedAsync()
    {
        if (_judged is { } judged)
        {
            _judged = null;
            await judged.Files.DisposeAsync().ConfigureAwait(false);
        }
    }

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

        return JudgeRules.Answer(state, await LinesOfAsync(state, gated.Tree, effect.Paths, cut).ConfigureAwait(false));
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
