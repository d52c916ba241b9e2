using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Layers;
using LoopCluster.Workspaces.Snapshots;

namespace LoopCluster.Workspaces;

/// <summary>One loop's working directory and the commit it stands on. Used by one driver at a time.</summary>
internal sealed class GitWorkspace : IWorkspace
{
    private readonly WorkspaceContext _context;
    private readonly List<BlobRef> _packs;
    private readonly FolderFill _fill;
    private readonly LayerPlacement _layer;
    private readonly WorkspaceFiles _files;
    private WorkspaceHead _base;
    private WorkspaceHead _head;
    private Dictionary<RawPath, FileStat> _stats = [];
    private IReadOnlyList<RawPath> _exclude = [];

    private GitWorkspace(WorkspaceContext context, IReadOnlyList<BlobRef> packs, WorkspaceHead start, WorkspaceHead head)
    {
        _context = context;
        _packs = [.. packs];
        _base = start;
        _head = head;
        _fill = new FolderFill(context.Repository, context.Owner);
        _layer = new LayerPlacement(context.Owner);
        _files = new WorkspaceFiles(Directory, context.Owner);
    }

    public string Directory => _context.Layout.Tree(_context.Loop);

    public IWorkspaceFiles Files => _files;

    public IReadOnlyList<string> Refused { get; private set; } = [];

    public IReadOnlyList<string> Scratch { get; private set; } = [];

    /// <summary>
    /// Opens the directory with exactly the commit's files. What an earlier process left in repository or directory is not relied on.
    /// </summary>
    public static async Task<GitWorkspace> OpenAsync(
        WorkspaceContext context,
        ObjectId commit,
        IReadOnlyList<BlobRef> packs,
        CancellationToken cancellationToken
    )
    {
        GitWorkspace workspace;
        try
        {
            await context.Repository.FetchAsync(packs, cancellationToken);
            workspace = await CreateAsync();
        }
        catch (InfrastructureException)
        {
            await context.RebuildAsync(packs, cancellationToken);
            workspace = await CreateAsync();
        }

        System.IO.Directory.CreateDirectory(workspace.Directory);
        await workspace.ResetAsync(commit.ToString(), cancellationToken);
        return workspace;

        async Task<GitWorkspace> CreateAsync()
        {
            var start = await WorkspaceHead.LoadAsync(
                context.Repository,
                await context.Repository.FindBaseAsync(commit, cancellationToken),
                cancellationToken
            );
            var head = start.Commit == commit ? start : await WorkspaceHead.LoadAsync(context.Repository, commit, cancellationToken);
            return new GitWorkspace(context, packs, start, head);
        }
    }

    public ValueTask PlaceAsync(LayerFiles layer, CancellationToken cancellationToken)
    {
        SetExclude(layer.Paths);
        using var root = Folder.OpenHost(Directory);
        _layer.Place(root, layer, cancellationToken);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<WorkspaceCommitted?> CommitAsync(
        string message,
        IReadOnlyList<string> exclude,
        CancellationToken cancellationToken
    )
    {
        SetExclude(exclude);
        using var snapshot = Walk(_head.Listing, adopt: false, cancellationToken);
        Scratch = snapshot.Scratch;
        Refused = snapshot.Refused;
        if (TreeDifference.Count(_head.Listing, snapshot.Listing) == 0)
        {
            _stats = snapshot.Stats;
            return null;
        }

        using var pack = snapshot.Pack ?? OpenPack();
        var next = WritePack(pack, snapshot.Listing, message);

        // Durable first; the local repository is a cache of it.
        var blob = await _context.StoreAsync(pack, cancellationToken);
        var parent = _head.Commit;
        var lines = await WithRepairAsync(
            [.. _packs, blob],
            async () =>
            {
                if (!_context.Repository.Has([blob]))
                {
                    await _context.Repository.AddAsync(pack, blob, cancellationToken);
                }

                return await _context.CountLinesAsync(_base.Tree, next.Tree, cancellationToken);
            },
            cancellationToken
        );

        _packs.Add(blob);
        _head = next;
        _stats = snapshot.Stats;
        var changed = TreeDifference.Paths(_base.Listing, next.Listing);
        return new WorkspaceCommitted
        {
            Commit = next.Commit.ToString(),
            Tree = next.Tree.ToString(),
            Parent = parent.ToString(),
            Pack = blob,
            Changed = [.. changed.Select(p => p.ToString())],
            Files = changed.Count,
            Lines = lines,
            Refused = snapshot.Refused,
        };
    }

    public async ValueTask ResetAsync(string commit, CancellationToken cancellationToken)
    {
        var id = ObjectId.Parse(commit);
        await WithRepairAsync(
            _packs,
            async () =>
            {
                var target = id == _head.Commit ? _head : await WorkspaceHead.LoadAsync(_context.Repository, id, cancellationToken);
                using (var root = Folder.OpenHost(Directory))
                {
                    await _fill.FillAsync(root, target.Listing, _base.Listing, _head.Listing, _stats, _exclude, cancellationToken);
                }

                _head = target;
                return 0;
            },
            cancellationToken
        );

        // Nobody wrote in between, so the state now belongs to the content just written.
        using var snapshot = Walk(_head.Listing, adopt: true, cancellationToken);
        _stats = snapshot.Stats;
        Scratch = [];
        Refused = [];
    }

    public ValueTask DisposeAsync()
    {
        _context.Close();
        return ValueTask.CompletedTask;
    }

    private void SetExclude(IReadOnlyList<string> paths)
    {
        _exclude = [.. paths.Select(e => RawPath.FromText(e.TrimEnd('/')))];
        _files.Prepared = _exclude;
    }

    private WorkspaceHead WritePack(PackWriter pack, TreeListing listing, string message)
    {
        var trees = new HashSet<ObjectId>();
        var tree = TreeBuilder.Build(listing, (id, content) =>
        {
            if (trees.Add(id) && !_head.Trees.Contains(id))
            {
                pack.Add(PackedType.Tree, id, content.Span);
            }
        });
        var commit = CommitObject.Write(tree, _head.Commit, message, _context.Clock.GetUtcNow());
        var id = ObjectId.Of("commit", commit);
        pack.Add(PackedType.Commit, id, commit);
        pack.Finish();
        return new WorkspaceHead(id, tree, listing, trees);
    }

    private Snapshot Walk(TreeListing previous, bool adopt, CancellationToken cancellationToken)
    {
        using var root = Folder.OpenHost(Directory);
        var request = new SnapshotRequest
        {
            Previous = previous,
            Stats = _stats,
            Exclude = _exclude,
            Adopt = adopt,
            MayUnlock = true,
            OpenPack = OpenPack,
        };
        return SnapshotWalker.Walk(root, _context.Options, request, cancellationToken);
    }

    private PackWriter OpenPack() => new(new SpillStream(_context.Layout.NewTemporaryFile(_context.Loop)));

    // A repository that git finds fault with is rebuilt once from its packs.
    private async Task<T> WithRepairAsync<T>(IReadOnlyList<BlobRef> packs, Func<Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await action();
        }
        catch (InfrastructureException)
        {
            await _context.RebuildAsync(packs, cancellationToken);
            _ = await _context.Repository.FindBaseAsync(_head.Commit, cancellationToken);
            return await action();
        }
    }
}
