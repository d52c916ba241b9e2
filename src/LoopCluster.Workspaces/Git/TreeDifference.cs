namespace LoopCluster.Workspaces.Git;

/// <summary>Which leaves two trees don't share.</summary>
internal static class TreeDifference
{
    public static int Count(TreeListing from, TreeListing to)
    {
        var same = from.Paths.Count(p => to.TryGet(p, out var entry) && entry == from[p]);
        return from.Count - same + to.Count - same;
    }

    /// <summary>Paths added, removed or changed, sorted.</summary>
    public static List<RawPath> Paths(TreeListing from, TreeListing to)
    {
        var paths = from.Paths.Where(p => !to.TryGet(p, out var entry) || entry != from[p]).ToList();
        paths.AddRange(to.Paths.Where(p => !from.TryGet(p, out _)));
        paths.Sort();
        return paths;
    }
}
