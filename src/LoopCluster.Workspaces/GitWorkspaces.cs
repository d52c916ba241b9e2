using System.Collections.Concurrent;
using System.Text;
using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Gates;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Import;
using LoopCluster.Workspaces.Snapshots;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Workspaces;

/// <summary>Workspaces on the local disk, with git's objects as their format.</summary>
internal sealed partial class GitWorkspaces : IWorkspaces, IDisposable
{
    private readonly WorkspaceOptions _options;
    private readonly WorkspaceLayout _layout;
    private readonly GitRunner _git;
    private readonly IBlobStore _blobs;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SandboxUser _owner = SandboxUser.OfThisProcess();

    // Repositories that this process made, and so knows to be whole.
    private readonly ConcurrentDictionary<LoopId, LoopRepository> _repositories = new();

    /// <summary>However many loops begin at once, so many bases are read at a time.</summary>
    private readonly SemaphoreSlim _imports = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>Loops whose working directory is open here.</summary>
    private readonly HashSet<LoopId> _open = [];

    public GitWorkspaces(IOptions<WorkspaceOptions> options, IBlobStore blobs, TimeProvider clock, ILogger<GitWorkspaces> logger)
    {
        _options = options.Value;
        _layout = new WorkspaceLayout(_options.Directory);
        _git = new GitRunner(_options);
        _blobs = blobs;
        _clock = clock;
        _logger = logger;
    }

    public void Check(WorkspaceSpec workspace) => BaseImport.Check(workspace, _options);

    public async ValueTask<BaseSnapshot> ImportAsync(LoopId loop, WorkspaceSpec workspace, CancellationToken cancellationToken)
    {
        await _imports.WaitAsync(cancellationToken);
        try
        {
            return await ImportNextAsync(loop, workspace, cancellationToken);
        }
        finally
        {
            _imports.Release();
        }
    }

    private async ValueTask<BaseSnapshot> ImportNextAsync(LoopId loop, WorkspaceSpec workspace, CancellationToken cancellationToken)
    {
        // Beside the loop's own: when it fails, or another start of the same loop was faster, there is nothing of the winner's to remove.
        var staged = new LoopRepository(_git, _blobs, _layout.NewImport());
        ImportedBase imported;
        try
        {
            await staged.CreateAsync(cancellationToken);
            imported = await new BaseImport(Context(loop) with { Repository = staged }).ImportAsync(workspace, cancellationToken);
            Place(loop, staged);
        }
        catch
        {
            staged.Delete();
            throw;
        }

        foreach (var line in imported.Refused)
        {
            LogNotImported(loop.Value, line);
        }

        return imported.Snapshot;
    }

    /// <summary>
    /// Makes an imported repository the loop's, unless the loop is worked on here: then that one has what the ledger names, and this one is
    /// not needed.
    /// </summary>
    private void Place(LoopId loop, LoopRepository staged)
    {
        lock (_open)
        {
            if (_open.Contains(loop))
            {
                staged.Delete();
            }
            else
            {
                _repositories[loop] = staged.MoveTo(_layout.Repository(loop));
            }
        }
    }

    public async ValueTask<WorkspaceFacts> SurveyAsync(
        LoopId loop,
        WorkspaceSpec workspace,
        BaseSnapshot start,
        CancellationToken cancellationToken
    ) => await new WorkspaceSurvey(Context(loop)).MakeAsync(workspace, start, cancellationToken);

    public async ValueTask<string?> ReadFileAsync(LoopId loop, string tree, string path, int limit, CancellationToken cancellationToken)
    {
        var repository = Context(loop).Repository;
        var call = new GitCall(repository.Directory, "ls-tree", "-z", "--full-tree", ObjectId.Parse(tree).ToString(), "--", path);
        var found = TreeListing.Parse((await _git.RunAsync(call, cancellationToken)).Output);
        if (!found.TryGet(RawPath.FromText(path), out var entry) || !entry.IsFile)
        {
            return null;
        }

        byte[]? content = null;
        await repository.ReadAsync(
            [entry.Id],
            (_, reader, _, size) => content = size <= limit ? reader.ReadToEnd() : null,
            cancellationToken
        );
        return content is null ? null : Encoding.UTF8.GetString(content);
    }

    public async ValueTask<IReadOnlyDictionary<string, string>> ReadFilesAsync(
        LoopId loop,
        string tree,
        IReadOnlyList<string> paths,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (paths.Count == 0)
        {
            return texts;
        }

        var repository = Context(loop).Repository;
        var listing = await repository.ListAsync(ObjectId.Parse(tree), cancellationToken);
        var found = new List<(string Path, ObjectId Id)>(paths.Count);
        foreach (var path in paths.Distinct(StringComparer.Ordinal))
        {
            if (listing.TryGet(RawPath.FromText(path), out var entry) && entry.IsFile)
            {
                found.Add((path, entry.Id));
            }
        }

        await repository.ReadAsync(
            [.. found.Select(f => f.Id)],
            (i, reader, _, size) =>
            {
                if (size <= limit)
                {
                    texts[found[i].Path] = Encoding.UTF8.GetString(reader.ReadToEnd());
                }
            },
            cancellationToken
        );
        return texts;
    }

    public async ValueTask<IWorkspace> OpenAsync(
        LoopId loop,
        string commit,
        IReadOnlyList<BlobRef> packs,
        CancellationToken cancellationToken
    )
    {
        lock (_open)
        {
            _open.Add(loop);
        }

        try
        {
            var context = Context(loop);
            if (!_repositories.ContainsKey(loop))
            {
                await context.Repository.CreateAsync(cancellationToken);
            }

            var workspace = await GitWorkspace.OpenAsync(context, ObjectId.Parse(commit), packs, cancellationToken);
            _repositories[loop] = context.Repository;
            return workspace;
        }
        catch
        {
            Leave(loop);
            throw;
        }
    }

    public async ValueTask<GateTree> BuildGateTreeAsync(
        LoopId loop,
        string baseTree,
        string change,
        GateGuard guard,
        CancellationToken cancellationToken
    )
    {
        var context = Context(loop);
        var original = await context.Repository.ListAsync(ObjectId.Parse(baseTree), cancellationToken);
        var changed = await context.Repository.ListAsync(ObjectId.Parse(change), cancellationToken);
        var texts = await ReadTextsAsync(context.Repository, GateTreeBuilder.Wanted(original, changed, guard), cancellationToken);
        var (tree, restored, steering) = GateTreeBuilder.Build(original, changed, guard, texts);

        using var pack = new PackWriter(new SpillStream(_layout.NewTemporaryFile(loop)));
        var id = TreeBuilder.Build(tree, (treeId, content) => pack.Add(PackedType.Tree, treeId, content.Span));
        if (id != ObjectId.Parse(change))
        {
            // Not durable on purpose: it follows from base, change and globs, which are.
            pack.Finish();
            await context.Repository.AddAsync(pack, blob: null, cancellationToken);
        }

        return new GateTree(id.ToString(), [.. restored.Select(p => p.ToString())], steering);
    }

    public async ValueTask<IReadOnlyList<string>> ChangedAsync(
        LoopId loop,
        string fromTree,
        string toTree,
        CancellationToken cancellationToken
    )
    {
        var repository = Context(loop).Repository;
        var from = await repository.ListAsync(ObjectId.Parse(fromTree), cancellationToken);
        var to = await repository.ListAsync(ObjectId.Parse(toTree), cancellationToken);
        return [.. TreeDifference.Paths(from, to).Select(p => p.ToString())];
    }

    public async ValueTask<string> EditTreeAsync(
        LoopId loop,
        string tree,
        IReadOnlyList<TreeEdit> edits,
        CancellationToken cancellationToken
    )
    {
        var context = Context(loop);
        var listing = await context.Repository.ListAsync(ObjectId.Parse(tree), cancellationToken);
        var others = new Dictionary<string, TreeListing>(StringComparer.Ordinal);
        foreach (var other in edits.Where(e => e.Text is null).Select(e => e.FromTree).OfType<string>().Distinct())
        {
            others[other] = await context.Repository.ListAsync(ObjectId.Parse(other), cancellationToken);
        }

        using var pack = new PackWriter(new SpillStream(_layout.NewTemporaryFile(loop)));
        var edited = TreeEdits.Apply(listing, edits, tree => others[tree], text => pack.AddBlob(Encoding.UTF8.GetBytes(text)));
        var id = TreeBuilder.Build(edited, (treeId, content) => pack.Add(PackedType.Tree, treeId, content.Span));
        if (id != ObjectId.Parse(tree))
        {
            pack.Finish();
            await context.Repository.AddAsync(pack, blob: null, cancellationToken);
        }

        return id.ToString();
    }

    public async ValueTask<IReadOnlyList<string>> ListFilesAsync(LoopId loop, string tree, CancellationToken cancellationToken) =>
        [.. (await Context(loop).Repository.ListAsync(ObjectId.Parse(tree), cancellationToken)).Paths.Select(p => p.ToString())];

    public async ValueTask<IGuardedCheckout> CheckoutAsync(
        LoopId loop,
        string tree,
        string baseTree,
        GateGuard guard,
        LayerFiles? layer,
        CancellationToken cancellationToken
    )
    {
        var context = Context(loop);
        var original = await context.Repository.ListAsync(ObjectId.Parse(baseTree), cancellationToken);
        var listing = await context.Repository.ListAsync(ObjectId.Parse(tree), cancellationToken);
        var room = await CheckoutAsync(context, listing, original, cancellationToken);
        try
        {
            // Before anybody watches: what the layer brings is no replacement.
            if (layer is not null)
            {
                room.Blocked = await room.PlaceAsync(layer, cancellationToken);
            }

            room.Guard(
                original.Paths.Where(p =>
                    listing.TryGet(p, out var entry) && entry == original[p] && guard.IsKept(p.ToString(), entry.IsLink)
                ),
                guard
            );
            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    private static async Task<Dictionary<ObjectId, string?>> ReadTextsAsync(
        LoopRepository repository,
        IReadOnlyList<ObjectId> ids,
        CancellationToken cancellationToken
    )
    {
        var texts = new Dictionary<ObjectId, string?>();
        var kept = 0L;
        if (ids.Count > 0)
        {
            await repository.ReadAsync(
                ids,
                (i, reader, _, size) =>
                {
                    // A change of a thousand such files is not held in memory either: from there on each counts as steering as a whole.
                    kept += size <= GateTreeBuilder.MostText ? size : 0;
                    texts[ids[i]] =
                        size <= GateTreeBuilder.MostText && kept <= GateTreeBuilder.MostTexts
                            ? Encoding.UTF8.GetString(reader.ReadToEnd())
                            : null;
                },
                cancellationToken
            );
        }

        return texts;
    }

    public async ValueTask<ICheckout> CheckoutAsync(LoopId loop, string tree, CancellationToken cancellationToken)
    {
        var context = Context(loop);
        var listing = await context.Repository.ListAsync(ObjectId.Parse(tree), cancellationToken);
        return await CheckoutAsync(context, listing, listing, cancellationToken);
    }

    private async Task<TreeCheckout> CheckoutAsync(
        WorkspaceContext context,
        TreeListing listing,
        TreeListing start,
        CancellationToken cancellationToken
    )
    {
        var checkout = new TreeCheckout(_layout.NewRoom(context.Loop), listing, _owner);
        Directory.CreateDirectory(checkout.Directory);
        try
        {
            using var root = Folder.OpenHost(checkout.Directory);
            await new FolderFill(context.Repository, _owner).FillAsync(
                root,
                listing,
                start,
                TreeListing.Empty,
                new Dictionary<RawPath, FileStat>(),
                [],
                cancellationToken
            );
            return checkout;
        }
        catch
        {
            await checkout.DisposeAsync();
            throw;
        }
    }

    public ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, string fromTree, string toTree, CancellationToken cancellationToken) =>
        DiffAsync(Context(loop).Repository, ObjectId.Parse(fromTree), ObjectId.Parse(toTree), cancellationToken);

    public async ValueTask<ReadOnlyMemory<byte>> DiffAsync(
        LoopId loop,
        string fromTree,
        string toTree,
        IReadOnlyList<BlobRef> packs,
        CancellationToken cancellationToken
    )
    {
        var (from, to) = (ObjectId.Parse(fromTree), ObjectId.Parse(toTree));
        var here = Context(loop).Repository;
        if (await here.HoldsAsync([from, to], cancellationToken))
        {
            return await DiffAsync(here, from, to, cancellationToken);
        }

        // The loop's own repository may be another process's to write: what is read here is made beside it.
        var copy = new LoopRepository(_git, _blobs, _layout.NewReading());
        try
        {
            await copy.CreateAsync(cancellationToken);
            await copy.FetchAsync(packs, cancellationToken);
            return await DiffAsync(copy, from, to, cancellationToken);
        }
        finally
        {
            copy.Delete();
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> DiffAsync(
        LoopRepository repository,
        ObjectId from,
        ObjectId to,
        CancellationToken cancellationToken
    )
    {
        var call = new GitCall(
            repository.Directory,
            "diff-tree",
            "-r",
            "-p",
            "--binary",
            "--full-index",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            from.ToString(),
            to.ToString()
        )
        {
            OutputLimit = _options.MaxDiffBytes,
        };
        return (await _git.RunAsync(call, cancellationToken)).Output;
    }

    public async ValueTask<Delivered> DeliverAsync(
        LoopId loop,
        WorkspaceSpec workspace,
        Delivery delivery,
        CancellationToken cancellationToken
    )
    {
        var context = Context(loop);
        var (made, commit) = await OneCommit.MakeAsync(context, delivery, cancellationToken);
        if ((workspace.Path is { } path ? LocalRepository.Find(path) : null) is not { } target)
        {
            return made;
        }

        var delivering = new BranchDelivery(context);
        var branch = await delivering.DeliverAsync(target, $"loopcluster/{loop}", commit, cancellationToken);
        var steps = delivery.KeepSteps
            ? await delivering.DeliverAsync(target, $"loopcluster/{loop}-steps", ObjectId.Parse(delivery.Steps), cancellationToken)
            : null;
        return made with { Branch = branch, StepsBranch = steps };
    }

    public void Dispose()
    {
        _imports.Dispose();
        _git.Dispose();
    }

    private WorkspaceContext Context(LoopId loop)
    {
        var repository = _repositories.TryGetValue(loop, out var known)
            ? known
            : new LoopRepository(_git, _blobs, _layout.Repository(loop));
        return new WorkspaceContext(loop, _options, _layout, repository, _git, _blobs, _clock, _owner) { Close = () => Close(loop) };
    }

    private void Leave(LoopId loop)
    {
        lock (_open)
        {
            _open.Remove(loop);
        }
    }

    private void Close(LoopId loop)
    {
        Leave(loop);
        _ = _repositories.TryRemove(loop, out _);
        using var work = Folder.OpenHost(Path.GetDirectoryName(_layout.Work(loop))!);
        FolderRemoval.Remove(work, loop.Value, CancellationToken.None);
    }
}
