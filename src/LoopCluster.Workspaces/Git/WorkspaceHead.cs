namespace LoopCluster.Workspaces.Git;

/// <summary>A commit a working directory stands on.</summary>
/// <param name="Trees">Ids of its directories, all in the repository and in durable packs.</param>
internal sealed record WorkspaceHead(ObjectId Commit, ObjectId Tree, TreeListing Listing, HashSet<ObjectId> Trees)
{
    public static async Task<WorkspaceHead> LoadAsync(LoopRepository repository, ObjectId commit, CancellationToken cancellationToken)
    {
        var tree = (await repository.ReadCommitAsync(commit, cancellationToken)).Tree;
        var listing = await repository.ListAsync(tree, cancellationToken);
        var trees = new HashSet<ObjectId>();
        var root = TreeBuilder.Build(listing, (id, _) => trees.Add(id));
        if (root != tree)
        {
            // Trees that old tools wrote (padded modes, empty directories) have other ids than ours, which then nobody has yet.
            trees.Clear();
        }

        return new WorkspaceHead(commit, tree, listing, trees);
    }
}
