using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Driver;

/// <summary>What the explorer reads, and whether what it cites is there.</summary>
internal sealed partial class EffectPerformer
{
    private async Task<ExplorerRead> ReadForExplorerAsync(ReadForExplorer effect, LoopState state, CancellationToken cut)
    {
        var (outcome, output) = await ReadAsync(
                effect.Call.Name,
                effect.Arguments,
                async () =>
                {
                    var workspace = await WorkspaceAsync(state, cut).ConfigureAwait(false);
                    await PlaceLayerAsync(state, workspace, cut).ConfigureAwait(false);
                    return workspace;
                },
                state,
                cut
            )
            .ConfigureAwait(false);
        return new ExplorerRead
        {
            Call = effect.Call.Id,
            Tool = effect.Call.Name,
            Outcome = outcome,
            Output = output,
        };
    }

    private async Task<ExplorerAnswered> SeePlacesAsync(SeePlaces effect, LoopState state, CancellationToken cut)
    {
        await WorkspaceAsync(state, cut).ConfigureAwait(false);
        return ExploreRules.Answer(state, await LinesOfAsync(state, state.Workspace.Tree, effect.Paths, cut).ConfigureAwait(false));
    }

    private async ValueTask<List<CitedFile>> LinesOfAsync(LoopState state, string tree, IReadOnlyList<string> paths, CancellationToken cut)
    {
        var cited = new List<CitedFile>();
        foreach (var path in paths)
        {
            var text = await ports.Workspaces.ReadFileAsync(state.Id, tree, path, MostCited, cut).ConfigureAwait(false);
            cited.Add(new CitedFile(path, text is null ? null : LinesOf(text)));
        }

        return cited;
    }
}
