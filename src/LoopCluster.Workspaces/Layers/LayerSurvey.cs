using System.Globalization;
using System.Text;
using LoopCluster.Runtime.Linux;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Layers;

/// <summary>
/// What a prepare command added to a tree: the topmost new places, and what among it cannot be kept. Looks only at states, through handles,
/// so nothing that lies there is opened, followed or waited for.
/// </summary>
internal sealed class LayerSurvey
{
    private const int MostFaults = 10;
    private const uint Unlocked = 0x1C0; // 0700

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly TreeListing _tree;
    private readonly LayerLimits _limits;
    private readonly CancellationToken _cancellationToken;
    private readonly SortedSet<RawPath> _paths = [];
    private readonly List<string> _faults = [];
    private long _bytes;
    private int _entries;

    private LayerSurvey(TreeListing tree, LayerLimits limits, CancellationToken cancellationToken) =>
        (_tree, _limits, _cancellationToken) = (tree, limits, cancellationToken);

    private bool IsOver =>
        _faults.Count >= MostFaults || _entries > _limits.Entries || _bytes > _limits.Bytes || _paths.Count > _limits.Paths;

    public static PreparedFiles Make(Folder root, TreeListing tree, LayerLimits limits, CancellationToken cancellationToken)
    {
        var survey = new LayerSurvey(tree, limits, cancellationToken);
        survey.Walk(root, RawPath.Root, 0, isNew: false);
        survey.AddTotals();
        return new PreparedFiles([.. survey._paths.Select(p => p.ToString())], survey._faults);
    }

    /// <returns>True when there is a file or link in it.</returns>
    private bool Walk(Folder folder, RawPath path, int depth, bool isNew)
    {
        var holds = false;
        foreach (var name in folder.ReadNames())
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (IsOver)
            {
                return holds;
            }

            var child = path.Child(name);
            if ((!isNew && _tree.TryGet(child, out var entry) && !entry.IsSubmodule) || folder.TryStat(name, out var stat) != 0)
            {
                continue;
            }

            if (!isNew && stat.Kind == FileKind.Directory && _tree.HasFolder(child))
            {
                Into(folder, name, child, depth, isNew: false);
                continue;
            }

            _entries++;
            if (NameFault(child, name) is { } fault)
            {
                _faults.Add($"{Show(child)} ({fault})");
                continue;
            }

            var found = stat.Kind switch
            {
                FileKind.Directory => Into(folder, name, child, depth, isNew: true),
                FileKind.Link => TakeLink(folder, child, name),
                FileKind.Regular => TakeFile(child, in stat),
                _ => Odd(child),
            };
            holds |= found;
            if (found && !isNew)
            {
                _paths.Add(child);
            }
        }

        return holds;
    }

    private bool Into(Folder parent, string name, RawPath path, int depth, bool isNew)
    {
        if (depth >= _limits.Depth)
        {
            _faults.Add($"{Show(path)} (nested deeper than {_limits.Depth} directories)");
            return false;
        }

        var error = parent.TryOpenFolder(name, out var folder);
        if (error == Errno.AccessDenied && parent.TryChangeMode(name, Unlocked) == 0)
        {
            error = parent.TryOpenFolder(name, out folder);
        }

        if (folder is null)
        {
            _faults.Add(error == Errno.CrossDevice ? $"{Show(path)} (a mount)" : $"{Show(path)} (cannot be opened, error {error})");
            return false;
        }

        using (folder)
        {
            return Walk(folder, path, depth + 1, isNew);
        }
    }

    private bool TakeFile(RawPath path, in FileStat stat)
    {
        _bytes += stat.Size;
        if (stat.Size >= _limits.SparseBytes && stat.BytesOnDisk < stat.Size / 8)
        {
            _faults.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Show(path)} (sparse: {stat.Size} bytes, of which {stat.BytesOnDisk} are on disk)"
                )
            );
        }
        else if (stat.Size > _limits.Bytes)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{Show(path)} ({stat.Size} bytes)"));
        }

        return true;
    }

    private bool TakeLink(Folder folder, RawPath path, string name)
    {
        if (
            folder.ReadLink(name) is not { } target
            || new RawPath(Encoding.Latin1.GetString(target)).ToString().Contains('\uFFFD', StringComparison.Ordinal)
        )
        {
            _faults.Add($"{Show(path)} (a link whose target is not UTF-8)");
        }

        return true;
    }

    private bool Odd(RawPath path)
    {
        _faults.Add($"{Show(path)} (a device, pipe or socket)");
        return false;
    }

    private void AddTotals()
    {
        if (_entries > _limits.Entries)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"more than {_limits.Entries} files and directories"));
        }

        if (_bytes > _limits.Bytes)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"more than {_limits.Bytes} bytes"));
        }

        if (_paths.Count > _limits.Paths)
        {
            _faults.Add(
                string.Create(CultureInfo.InvariantCulture, $"more than {_limits.Paths} new paths; let it write below a few directories")
            );
        }
    }

    private string? NameFault(RawPath path, string name)
    {
        if (path.Bytes.Length > _limits.PathBytes)
        {
            return $"a path of more than {_limits.PathBytes} bytes";
        }

        if (name.Any(c => c is < ' ' or '\x7f'))
        {
            return "a control character in the name";
        }

        try
        {
            // The second control block (U+0080 to U+009F) is two bytes in UTF-8.
            return StrictUtf8.GetString(new RawPath(name).ToBytes()).Any(char.IsControl) ? "a control character in the name" : null;
        }
        catch (DecoderFallbackException)
        {
            return "a name that is not UTF-8";
        }
    }

    /// <summary>One line of printable characters, not too long.</summary>
    private static string Show(RawPath path)
    {
        var text = new StringBuilder();
        foreach (var c in path.ToString())
        {
            text.Append(char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : c.ToString());
        }

        return text.Length <= 120 ? text.ToString() : $"{text.ToString(0, 50)}...{text.ToString(text.Length - 60, 60)}";
    }
}
