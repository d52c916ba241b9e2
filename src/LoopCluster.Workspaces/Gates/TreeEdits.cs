using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Gates;

/// <summary>Puts entries into a tree; what stands in their way as a file or a directory goes.</summary>
internal static class TreeEdits
{
    public static TreeListing Apply(
        TreeListing tree,
        IReadOnlyList<TreeEdit> edits,
        Func<string, TreeListing> treeOf,
        Func<string, ObjectId> write
    )
    {
        var result = tree.Paths.ToDictionary(p => p, p => tree[p]);
        foreach (var edit in edits)
        {
            var path = RawPath.FromText(edit.Path);
            var before = result.GetValueOrDefault(path);
            _ = result.Remove(path);
            if (edit.Text is { } text)
            {
                Clear(result, path);
                result[path] = new TreeEntry(before.IsFile ? before.Mode : TreeEntry.File, write(text));
            }
            else if (edit.FromTree is { } other && treeOf(other).TryGet(path, out var entry))
            {
                Clear(result, path);
                result[path] = entry;
            }
        }

        return TreeListing.From(result);
    }

    private static void Clear(Dictionary<RawPath, TreeEntry> result, RawPath path)
    {
        for (var above = path.Parent; !above.IsRoot; above = above.Parent)
        {
            _ = result.Remove(above);
        }

        foreach (var below in result.Keys.Where(p => p.IsBelow(path)).ToList())
        {
            _ = result.Remove(below);
        }
    }
}
