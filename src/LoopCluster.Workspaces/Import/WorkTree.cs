using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Ignore;

namespace LoopCluster.Workspaces.Import;

/// <summary>
/// What a user's work tree has that its commit has not. Found by our own walk: <c>git status</c> would run the filters and monitors that
/// the repository's own configuration names.
/// </summary>
internal sealed class WorkTree
{
    private const int DepthLimit = 200;
    private const int LargestText = 16 * 1024 * 1024;

    private readonly TreeListing _listing;
    private readonly int _most;
    private readonly CancellationToken _cancellationToken;
    private readonly List<string> _untracked = [];

    private WorkTree(TreeListing listing, int most, CancellationToken cancellationToken) =>
        (_listing, _most, _cancellationToken) = (listing, most, cancellationToken);

    /// <param name="exclude">The repository's own list of patterns to ignore, a file that need not exist.</param>
    /// <param name="pointers">Tracked files whose work tree content is another by intent.</param>
    public static (IReadOnlyList<string> Changed, IReadOnlyList<string> Untracked) Compare(
        string path,
        string exclude,
        TreeListing listing,
        HashSet<RawPath> pointers,
        int most,
        CancellationToken cancellationToken
    )
    {
        using var root = Folder.OpenHost(path, followLink: true);
        var changed = new List<string>();
        foreach (var file in listing.Paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (
                changed.Count < most
                && !pointers.Contains(file)
                && !listing[file].IsSubmodule
                && !TreeCheckout.Holds(root, file, listing[file])
                && !HoldsWithOtherLineEnds(root, file, listing[file])
            )
            {
                changed.Add(file.ToString());
            }
        }

        var tree = new WorkTree(listing, most, cancellationToken);
        var rules = IgnoreRules.None(new IgnoreBudget());
        rules =
            File.Exists(exclude) && new FileInfo(exclude).Length <= IgnoreRules.FileLimit
                ? rules.With(RawPath.Root, File.ReadAllBytes(exclude)) ?? rules
                : rules;
        tree.Walk(root, RawPath.Root, 0, rules);
        return (changed, tree._untracked);
    }

    // As core.autocrlf or an eol attribute writes it.
    private static bool HoldsWithOtherLineEnds(Folder root, RawPath path, TreeEntry entry)
    {
        using var chain = new FolderChain(root);
        foreach (var (name, _) in WorkspacePath.Components(path.Parent))
        {
            if (chain.Last.TryOpenFolder(name, out var next) != 0)
            {
                return false;
            }

            chain.Push(next!);
        }

        if (!entry.IsFile || chain.Last.TryOpenFile(path.Name, out var file) != 0)
        {
            return false;
        }

        using (file)
        {
            if (
                Folder.StatOf(file!) is not { Kind: FileKind.Regular, Size: <= LargestText and var size } stat
                || stat.IsExecutable != entry.IsExecutable
            )
            {
                return false;
            }

            var content = new byte[size];
            var length = RandomAccess.Read(file!, content, 0);
            return length == size
                && content.AsSpan().IndexOf("\r\n"u8) >= 0
                && ObjectId.Of("blob", content.Where((b, i) => b != '\r' || i + 1 >= content.Length || content[i + 1] != '\n').ToArray())
                    == entry.Id;
        }
    }

    /// <returns>True when something untracked is in it.</returns>
    private bool Walk(Folder folder, RawPath path, int depth, IgnoreRules rules)
    {
        rules = ReadRules(folder, path, rules);
        var isTracked = _listing.HasFolder(path);
        var any = false;
        foreach (var name in folder.ReadNames().Order(StringComparer.Ordinal))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var child = path.Child(name);
            if (
                _untracked.Count >= _most
                || depth > DepthLimit
                || _listing.TryGet(child, out _)
                || EntryNames.Fault(name, isLink: false) is not null
                || folder.TryStat(name, out var stat) != 0
                || rules.Ignores(child, name, stat.Kind == FileKind.Directory)
            )
            {
                continue;
            }

            if (stat.Kind != FileKind.Directory)
            {
                any |= stat.Kind is FileKind.Regular or FileKind.Link;
                if (isTracked && stat.Kind is FileKind.Regular or FileKind.Link)
                {
                    _untracked.Add(child.ToString());
                }
            }
            else if (folder.TryOpenFolder(name, out var inner) == 0)
            {
                using (inner)
                {
                    var holds = Walk(inner!, child, depth + 1, rules);
                    any |= holds;
                    if (holds && isTracked && !_listing.HasFolder(child))
                    {
                        // One new directory stands for all in it.
                        _untracked.Add($"{child}/");
                    }
                }
            }

            if (any && !isTracked)
            {
                return true;
            }
        }

        return any;
    }

    private static IgnoreRules ReadRules(Folder folder, RawPath path, IgnoreRules rules)
    {
        if (
            folder.TryStat(IgnoreRules.FileName, out var stat) != 0
            || stat.Kind != FileKind.Regular
            || stat.Size > IgnoreRules.FileLimit
            || folder.TryOpenFile(IgnoreRules.FileName, out var file) != 0
        )
        {
            return rules;
        }

        using (file)
        {
            var content = new byte[stat.Size];
            return rules.With(path, content.AsSpan(0, RandomAccess.Read(file!, content, 0))) ?? rules;
        }
    }
}
