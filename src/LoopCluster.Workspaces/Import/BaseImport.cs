using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Snapshots;

namespace LoopCluster.Workspaces.Import;

/// <summary>Brings the tree a loop starts from into its repository and makes its pack durable.</summary>
internal sealed class BaseImport(WorkspaceContext context)
{
    public const string Unreadable = "workspace-unreadable";

    private const string Head = "HEAD";

    /// <inheritdoc cref="Runtime.Ports.IWorkspaces.Check"/>
    public static void Check(WorkspaceSpec spec, WorkspaceOptions options)
    {
        switch (spec)
        {
            case { Files: { } files }:
                _ = InlineFiles.Read(files);
                break;
            case { Git: { } url }:
                _ = RepositoryImport.CheckAddress(url, spec.Ref ?? Head, options);
                if (spec.PublicOnly == true)
                {
                    _ = RemotePin.CheckWritten(url, options);
                }

                break;
            case { Path: { } path }:
                RequireDirectory(path);
                break;
            default:
                throw new BadInputException(Unreadable, "workspace", "Give one of path, git and files.");
        }
    }

    private readonly RepositoryImport _repositories = new(context);

    public async Task<ImportedBase> ImportAsync(WorkspaceSpec spec, CancellationToken cancellationToken) =>
        spec switch
        {
            { Files: { } files } => await ImportFilesAsync(files, cancellationToken),
            { Git: { } url } => new ImportedBase(
                await _repositories.FetchAsync(url, spec.Ref ?? Head, spec.PublicOnly == true, cancellationToken),
                []
            ),
            { Path: { } path } => await ImportPathAsync(path, spec.Ref, cancellationToken),
            _ => throw new BadInputException(Unreadable, "workspace", "Give one of path, git and files."),
        };

    private async Task<ImportedBase> ImportPathAsync(string path, string? reference, CancellationToken cancellationToken)
    {
        RequireDirectory(path);
        if (LocalRepository.Find(path) is { } repository)
        {
            await BranchDelivery.CheckAsync(context, repository, path, cancellationToken);
            return new ImportedBase(await _repositories.ReadAsync(repository, path, reference ?? Head, cancellationToken), []);
        }

        return reference is null
            ? await ImportFolderAsync(path, cancellationToken)
            : throw new BadInputException(
                Unreadable,
                "workspace.ref",
                $"'{path}' is not the top of a git repository, so it has no ref '{reference}'. Leave ref out or give the repository's directory."
            );
    }

    private static void RequireDirectory(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new BadInputException(
                Unreadable,
                "workspace.path",
                $"There is no directory '{path}'. Paths are relative to the spec file."
            );
        }
    }

    private async Task<ImportedBase> ImportFolderAsync(string path, CancellationToken cancellationToken)
    {
        var request = new SnapshotRequest
        {
            Previous = TreeListing.Empty,
            OpenPack = OpenPack,
            Exclude = DataDirectoryBelow(path),
        };
        using var folder = Open(path);
        using var snapshot = SnapshotWalker.Walk(folder, context.Options, request, cancellationToken);
        if (snapshot.IsPartial)
        {
            throw new BadInputException(Unreadable, [.. snapshot.Refused.Select(r => new InputFault("workspace.path", r))]);
        }

        using var pack = snapshot.Pack ?? OpenPack();
        return new ImportedBase(await WriteAsync(pack, snapshot.Listing, cancellationToken), snapshot.Refused);
    }

    private static Folder Open(string path)
    {
        try
        {
            return Folder.OpenHost(path, followLink: true);
        }
        catch (InfrastructureException e)
        {
            throw new BadInputException(Unreadable, "workspace.path", e.Message);
        }
    }

    private async Task<ImportedBase> ImportFilesAsync(IReadOnlyDictionary<string, string> files, CancellationToken cancellationToken)
    {
        var contents = InlineFiles.Read(files);
        using var pack = OpenPack();
        var entries = new Dictionary<RawPath, TreeEntry>();
        foreach (var (path, content) in contents)
        {
            // There is no other way to say that an inline file is a script.
            var mode = content.AsSpan().StartsWith("#!"u8) ? TreeEntry.Executable : TreeEntry.File;
            entries[path] = new TreeEntry(mode, pack.AddBlob(content));
        }

        try
        {
            return new ImportedBase(await WriteAsync(pack, TreeListing.From(entries), cancellationToken), []);
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException(Unreadable, "workspace.files", e.Message);
        }
    }

    // No parent, a fixed author and date: equal files are the same commit on every host.
    private async Task<BaseSnapshot> WriteAsync(PackWriter pack, TreeListing listing, CancellationToken cancellationToken)
    {
        var tree = TreeBuilder.Build(listing, (id, content) => pack.Add(PackedType.Tree, id, content.Span));
        var content = CommitObject.Write(tree, null, "Base", CommitObject.FixedDate);
        var commit = ObjectId.Of("commit", content);
        pack.Add(PackedType.Commit, commit, content);
        pack.Finish();
        var blob = await context.StoreAsync(pack, cancellationToken);
        await context.Repository.AddAsync(pack, blob, cancellationToken);
        return new BaseSnapshot(commit.ToString(), tree.ToString(), blob);
    }

    private PackWriter OpenPack() => new(new SpillStream(context.Layout.NewTemporaryFile()));

    private IReadOnlyList<RawPath> DataDirectoryBelow(string path)
    {
        var relative = Path.GetRelativePath(path, context.Layout.Data);
        return relative == "." || relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? []
            : [RawPath.FromText(relative)];
    }
}
