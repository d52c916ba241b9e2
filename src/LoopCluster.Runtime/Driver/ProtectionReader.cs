using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Gives the engine what it needs of the base to recognise what the gates rest on: the listing, and the text of the files it asks for.
/// </summary>
internal sealed class ProtectionReader(IWorkspaces workspaces)
{
    private const int MostRounds = 8;
    private const int MostFiles = 100;
    private const int MostText = 256 * 1024;

    /// <param name="files">Paths of the tree.</param>
    public async ValueTask<Protection> ReadAsync(
        LoopId loop,
        string tree,
        IReadOnlyList<string> files,
        LoopSpec spec,
        CancellationToken cancellationToken
    )
    {
        var texts = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var round = 0; ; round++)
        {
            var protection = ProtectionPlan.Make(files, spec.Gates, texts, out var wanted);
            if (wanted.Count == 0 || round == MostRounds || texts.Count >= MostFiles)
            {
                return protection;
            }

            foreach (var path in wanted.Take(MostFiles - texts.Count))
            {
                texts[path] = await workspaces.ReadFileAsync(loop, tree, path, MostText, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
