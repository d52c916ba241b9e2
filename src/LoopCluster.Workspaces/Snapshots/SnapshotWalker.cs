using LoopCluster.Runtime.Linux;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Ignore;

namespace LoopCluster.Workspaces.Snapshots;

/// <summary>
/// One walk over a directory an agent could write. Follows no link, crosses no mount, takes regular files, links and the executable bit and
/// refuses the rest. Work is bounded: what exceeds a limit is left out and noted.
/// </summary>
internal sealed partial class SnapshotWalker
{
    private const int DepthLimit = 200;
    private const int PathLimit = 4095;
    private const int ScratchLimit = 50;
    private const int RefusedLimit = 100;

    private readonly WorkspaceOptions _options;
    private readonly SnapshotRequest _request;
    private readonly CancellationToken _cancellationToken;
    private readonly TreeListing _previous;

    // Before any state is read: a file whose change time is older was not written since in a way its state does not show.
    private readonly long _started = LinuxFiles.CoarseNow();
    private readonly Dictionary<RawPath, TreeEntry> _entries;
    private readonly Dictionary<RawPath, FileStat> _stats;
    private readonly Notes _refused = new(RefusedLimit);
    private readonly Notes _scratch = new(ScratchLimit);
    private readonly IgnoreBudget _ignoreBudget = new();
    private HashSet<ObjectId>? _knownBlobs;
    private PackWriter? _pack;
    private long _newBytes;
    private int _newEntries;
    private bool _isPartial;

    private SnapshotWalker(WorkspaceOptions options, SnapshotRequest request, CancellationToken cancellationToken)
    {
        _options = options;
        _request = request;
        _cancellationToken = cancellationToken;
        _previous = request.Previous;
        _entries = new(_previous.Count);
        _stats = new(_previous.Count);
    }

    public static Snapshot Walk(Folder root, WorkspaceOptions options, SnapshotRequest request, CancellationToken cancellationToken)
    {
        var walker = new SnapshotWalker(options, request, cancellationToken);
        try
        {
            return walker.Run(root);
        }
        catch
        {
            walker._pack?.Dispose();
            throw;
        }
    }

    private Snapshot Run(Folder root)
    {
        WalkFolder(root, RawPath.Root, 0, IgnoreRules.None(_ignoreBudget), ignored: false);
        foreach (var exclude in _request.Exclude)
        {
            // What is mounted over in sandboxes cannot be seen from here, so it cannot have changed either.
            KeepPrevious(exclude);
        }

        if (_newEntries > _options.MaxFiles)
        {
            _refused.Add(
                $"more than {_options.MaxFiles} new files: the rest was not taken. Delete them or list their directory in a .gitignore"
            );
        }

        if (_ignoreBudget.Left <= 0)
        {
            _refused.Add(".gitignore: its patterns take too long to evaluate, so files they name may have been taken. Make them simpler");
        }

        return new Snapshot
        {
            Listing = TreeListing.From(_entries),
            Stats = _stats,
            Pack = _pack,
            Refused = _refused.LinesAndCount,
            Scratch = _scratch.Lines,
            IsPartial = _isPartial || _newEntries > _options.MaxFiles,
        };
    }

    private void WalkFolder(Folder folder, RawPath path, int depth, IgnoreRules rules, bool ignored)
    {
        rules = ReadRules(folder, path, rules, ignored);
        foreach (var name in folder.ReadNames())
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var child = path.Child(name);
            var isFile = _previous.TryGet(child, out var old);
            var isTracked = isFile || _previous.HasFolder(child);
            if (IsExcluded(child) || (!isTracked && ++_newEntries > _options.MaxFiles))
            {
                continue;
            }

            if (folder.TryStat(name, out var stat) is not 0 and var error)
            {
                Refuse(child, error == Errno.NoEntry ? null : $"its state could not be read (error {error})");
            }
            else if (EntryNames.Fault(name, stat.Kind == FileKind.Link) is { } fault)
            {
                Refuse(child, fault);
            }
            else if (child.Bytes.Length > PathLimit || depth > DepthLimit)
            {
                _isPartial = true;
                Refuse(child, $"nested too deep (at most {DepthLimit} directories, {PathLimit} bytes)");
            }
            else
            {
                var ignores = ignored || rules.Ignores(child, name, stat.Kind == FileKind.Directory);
                if (ignores && !isTracked)
                {
                    _scratch.Add(stat.Kind == FileKind.Directory ? $"{child}/" : child.ToString());
                }
                else
                {
                    Take(folder, name, child, in stat, isFile ? old : null, depth, rules, ignores);
                }
            }
        }
    }

    private void Take(
        Folder folder,
        string name,
        RawPath path,
        in FileStat stat,
        TreeEntry? old,
        int depth,
        IgnoreRules rules,
        bool ignores
    )
    {
        switch (stat.Kind)
        {
            case FileKind.Directory:
                var before = _entries.Count;
                TakeFolder(folder, name, path, depth, rules, ignores);
                if (old is { IsSubmodule: true } submodule && _entries.Count == before)
                {
                    _entries.Add(path, submodule);
                }

                break;
            case FileKind.Regular:
                TakeFile(folder, name, path, in stat, old);
                break;
            case FileKind.Link:
                TakeLink(folder, name, path, in stat, old);
                break;
            default:
                Refuse(path, "a device, pipe or socket cannot be kept");
                break;
        }
    }

    private void TakeFolder(Folder folder, string name, RawPath path, int depth, IgnoreRules rules, bool ignores)
    {
        var error = folder.TryOpenFolder(name, out var child);
        if (error == Errno.AccessDenied && _request.MayUnlock && folder.TryChangeMode(name, 0x1C0) == 0)
        {
            error = folder.TryOpenFolder(name, out child);
        }

        if (child is null)
        {
            Refuse(
                path,
                error == Errno.CrossDevice ? "another file system is mounted here" : $"the directory could not be opened (error {error})"
            );
            KeepPrevious(path);
            _isPartial = true;
            return;
        }

        using (child)
        {
            WalkFolder(child, path, depth + 1, rules, ignores);
        }
    }

    private IgnoreRules ReadRules(Folder folder, RawPath path, IgnoreRules rules, bool ignored)
    {
        // Git reads no .gitignore through a link either.
        if (ignored || _request.Adopt || folder.TryStat(IgnoreRules.FileName, out var stat) != 0 || stat.Kind != FileKind.Regular)
        {
            return rules;
        }

        var content =
            stat.Size <= IgnoreRules.FileLimit && folder.TryOpenFile(IgnoreRules.FileName, out var file) == 0 ? ReadAll(file!) : null;
        if (content is not null && rules.With(path, content) is { } own)
        {
            return own;
        }

        _refused.Add($"{path.Child(IgnoreRules.FileName)}: not honoured, it is too long or cannot be read");
        return rules;
    }

    private static byte[]? ReadAll(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        using (file)
        {
            if (Folder.StatOf(file).Kind != FileKind.Regular)
            {
                return null;
            }

            var buffer = new byte[IgnoreRules.FileLimit + 1];
            var length = 0;
            int read;
            while (length < buffer.Length && (read = RandomAccess.Read(file, buffer.AsSpan(length), length)) > 0)
            {
                length += read;
            }

            return length <= IgnoreRules.FileLimit ? buffer[..length] : null;
        }
    }

    private bool IsExcluded(RawPath path)
    {
        foreach (var exclude in _request.Exclude)
        {
            if (path == exclude)
            {
                return true;
            }
        }

        return false;
    }

    private void KeepPrevious(RawPath path)
    {
        if (_previous.TryGet(path, out var entry))
        {
            _entries[path] = entry;
        }

        if (_previous.HasFolder(path))
        {
            foreach (var below in _previous.Paths)
            {
                if (below.IsBelow(path))
                {
                    _entries[below] = _previous[below];
                }
            }
        }
    }

    private void Refuse(RawPath path, string? reason)
    {
        if (reason is not null)
        {
            _refused.Add($"{path}: not taken, {reason}");
        }
    }
}
