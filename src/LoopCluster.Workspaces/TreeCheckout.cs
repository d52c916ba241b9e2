using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Gates;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Layers;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Workspaces;

/// <summary>A clean room: a directory made from a tree, and what a command did to it since.</summary>
internal sealed class TreeCheckout(string directory, TreeListing tree, SandboxUser owner) : IGuardedCheckout
{
    private RoomWatch? _watch;

    public string Directory => directory;

    public IWorkspaceFiles Files { get; } = new WorkspaceFiles(directory, owner);

    public PreparedFiles NewFiles(CancellationToken cancellationToken)
    {
        using var root = Folder.OpenHost(directory);
        return LayerSurvey.Make(root, tree, new LayerLimits(), cancellationToken);
    }

    public ValueTask<IReadOnlyList<string>> PlaceAsync(LayerFiles layer, CancellationToken cancellationToken)
    {
        using var root = Folder.OpenHost(directory);
        return new(new LayerPlacement(owner).Place(root, layer, cancellationToken));
    }

    public IReadOnlyList<string> ChangedPaths(int limit, CancellationToken cancellationToken)
    {
        var changed = new List<string>();
        using var root = Folder.OpenHost(directory);
        foreach (var path in tree.Paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (changed.Count < limit && !Holds(root, path, tree[path]))
            {
                changed.Add(path.ToString());
            }
        }

        return changed;
    }

    public IReadOnlyList<string> Replaced => _watch?.Found() ?? [];

    public IReadOnlyList<string> Blocked { get; set; } = [];

    /// <summary>From now on <paramref name="kept"/> cannot be changed unseen.</summary>
    public void Guard(IEnumerable<RawPath> kept, GateGuard guard) => _watch = RoomGuard.Apply(directory, tree, [.. kept], guard, owner);

    public ValueTask DisposeAsync()
    {
        _watch?.Dispose();
        var parent = Path.GetDirectoryName(directory)!;
        if (System.IO.Directory.Exists(parent))
        {
            using var folder = Folder.OpenHost(parent);
            FolderRemoval.Remove(folder, Path.GetFileName(directory), CancellationToken.None);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The file or link is in the directory as the entry says.</summary>
    internal static bool Holds(Folder root, RawPath path, TreeEntry entry)
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

        if (chain.Last.TryStat(path.Name, out var stat) != 0)
        {
            return false;
        }

        return stat.Kind switch
        {
            FileKind.Directory => entry.IsSubmodule,
            FileKind.Link => entry.IsLink && chain.Last.ReadLink(path.Name) is { } target && ObjectId.Of("blob", target) == entry.Id,
            FileKind.Regular => entry.IsFile
                && entry.IsExecutable == stat.IsExecutable
                && chain.Last.TryOpenFile(path.Name, out var file) == 0
                && Hash(file!) == entry.Id,
            _ => false,
        };
    }

    private static ObjectId Hash(SafeFileHandle file)
    {
        using (file)
        {
            if (Folder.StatOf(file) is not { Kind: FileKind.Regular, Size: var size })
            {
                return default;
            }

            using var hasher = new ObjectHasher("blob", size);
            var buffer = new byte[64 * 1024];
            long done = 0;
            int read;
            while ((read = RandomAccess.Read(file, buffer, done)) > 0)
            {
                hasher.Append(buffer.AsSpan(0, read));
                done += read;
            }

            return hasher.Finish();
        }
    }
}
