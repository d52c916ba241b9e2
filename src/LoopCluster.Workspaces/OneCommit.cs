using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces;

/// <summary>Makes a loop's outcome one commit whose parent is the base and whose tree is the one the gates passed on.</summary>
internal static class OneCommit
{
    /// <summary>The commit is in the loop's repository and durable as a blob when this returns.</summary>
    public static async Task<(Delivered Made, ObjectId Commit)> MakeAsync(
        WorkspaceContext context,
        Delivery delivery,
        CancellationToken cancellationToken
    )
    {
        var start = await context.Repository.FindBaseAsync(ObjectId.Parse(delivery.Steps), cancellationToken);
        var (from, tree) = (ObjectId.Parse(delivery.BaseTree), ObjectId.Parse(delivery.Tree));
        var original = await context.Repository.ListAsync(from, cancellationToken);
        var listing = await context.Repository.ListAsync(tree, cancellationToken);

        // Every tree object: a put back file makes directories that no step had. Files are the base's or a step's, whose packs have them.
        using var pack = new PackWriter(new SpillStream(context.Layout.NewTemporaryFile(context.Loop)));
        var packed = new HashSet<ObjectId>();
        _ = TreeBuilder.Build(listing, (id, content) =>
        {
            if (packed.Add(id))
            {
                pack.Add(PackedType.Tree, id, content.Span);
            }
        });
        var files = TreeDifference.Paths(original, listing).Count;
        var lines = await context.CountLinesAsync(from, tree, cancellationToken);
        var content = CommitObject.Write(tree, start, delivery.Message(files, lines), delivery.At);
        var commit = ObjectId.Of("commit", content);
        pack.Add(PackedType.Commit, commit, content);
        pack.Finish();
        var blob = await context.StoreAsync(pack, cancellationToken);
        await context.Repository.AddAsync(pack, blob, cancellationToken);
        return (new Delivered(commit.ToString(), blob, files, lines, null, null), commit);
    }
}
