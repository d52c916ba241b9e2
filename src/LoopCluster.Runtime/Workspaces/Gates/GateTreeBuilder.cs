using LoopCluster.Engine.Gates;
using LoopCluster.Runtime.Workspaces.Git;

namespace LoopCluster.Runtime.Workspaces.Gates;

/// <summary>
/// The tree a gate runs on, made of entries alone: no file is looked at. What is protected comes from the base, whatever the change put
/// there, above it or below it.
/// </summary>
internal static class GateTreeBuilder
{
    /// <summary>The leaves of the gate's tree, and the paths where that differs from the change.</summary>
    public static (TreeListing Tree, IReadOnlyList<RawPath> Restored) Build(TreeListing original, TreeListing change, GateGuard guard)
    {
        var result = new Dictionary<RawPath, TreeEntry>(change.Count);
        foreach (var path in change.Paths)
        {
            var entry = change[path];
            var isOriginal = original.TryGet(path, out var before) && before == entry;
            if (isOriginal || !IsProtected(path, entry))
            {
                result[path] = entry;
            }
        }

        foreach (var path in original.Paths)
        {
            if (IsProtected(path, original[path]))
            {
                Restore(path, original[path]);
            }
        }

        var tree = TreeListing.From(result);
        var restored = new SortedSet<RawPath>();
        restored.UnionWith(change.Paths.Where(p => !tree.TryGet(p, out var entry) || entry != change[p]));
        restored.UnionWith(tree.Paths.Where(p => !change.TryGet(p, out _)));
        return (tree, [.. restored]);

        bool IsProtected(RawPath path, TreeEntry entry) => guard.IsStrict(path.ToString(), entry.IsLink);

        void Restore(RawPath path, TreeEntry entry)
        {
            // A file or link where the base has a directory.
            for (var above = path.Parent; !above.IsRoot; above = above.Parent)
            {
                _ = result.Remove(above);
            }

            // A directory where the base has a file.
            if (change.HasFolder(path))
            {
                foreach (var below in change.Paths.Where(p => p.IsBelow(path)))
                {
                    _ = result.Remove(below);
                }
            }

            result[path] = entry;
        }
    }
}
