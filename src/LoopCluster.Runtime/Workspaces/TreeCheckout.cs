using LoopCluster.Engine.Gates;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Workspaces.Files;
using LoopCluster.Runtime.Workspaces.Gates;
using LoopCluster.Runtime.Workspaces.Git;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Runtime.Workspaces;

/// <summary>A clean room: a directory made from a tree, and what a command did to it since.</summary>
internal sealed class TreeCheckout(string directory, TreeListing tree) : IGuardedCheckout
{
    private RoomWatch? _watch;

    private const int DepthLimit = 200;

    public string Directory => directory;

    public IReadOnlyList<string> NewPaths(int limit)
    {
        var found = new SortedSet<RawPath>();
        using var root = Folder.OpenHost(directory);
        Collect(root, RawPath.Root);
        return [.. found.Select(p => p.ToString())];

        void Collect(Folder folder, RawPath path)
        {
            foreach (var name in folder.ReadNames())
            {
                var child = path.Child(name);
                if (found.Count >= limit || tree.TryGet(child, out var entry) && !entry.IsSubmodule || folder.TryStat(name, out var stat) != 0)
                {
                    continue;
                }

                if (stat.Kind == FileKind.Directory && tree.HasFolder(child))
                {
                    using var inner = folder.OpenFolder(name);
                    Collect(inner, child);
                }
                else if (stat.Kind is FileKind.Regular or FileKind.Link || (stat.Kind == FileKind.Directory && HasFiles(folder, name, 0)))
                {
                    found.Add(child);
                }
            }
        }
    }

    public IReadOnlyList<string> ChangedPaths(int limit)
    {
        var changed = new List<string>();
        using var root = Folder.OpenHost(directory);
        foreach (var path in tree.Paths)
        {
            if (changed.Count < limit && !Holds(root, path, tree[path]))
            {
                changed.Add(path.ToString());
            }
        }

        return changed;
    }

    public IReadOnlyList<string> Replaced => _watch?.Found() ?? [];

    /// <summary>From now on <paramref name="kept"/> cannot be changed unseen.</summary>
    public void Guard(IEnumerable<RawPath> kept, GateGuard guard, SandboxUser owner) => _watch = RoomGuard.Apply(directory, tree, [.. kept], guard, owner);

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

    private static bool HasFiles(Folder parent, string name, int depth)
    {
        if (parent.TryOpenFolder(name, out var folder) != 0)
        {
            return true;
        }

        using (folder)
        {
            foreach (var child in folder!.ReadNames())
            {
                if (folder.TryStat(child, out var stat) == 0
                    && (stat.Kind != FileKind.Directory ? stat.Kind != FileKind.Other : depth >= DepthLimit || HasFiles(folder, child, depth + 1)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Holds(Folder root, RawPath path, TreeEntry entry)
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
            FileKind.Regular => entry.IsFile && entry.IsExecutable == stat.IsExecutable && chain.Last.TryOpenFile(path.Name, out var file) == 0 && Hash(file!) == entry.Id,
            _ => false,
        };
    }

    private static ObjectId Hash(SafeFileHandle file)
    {
        using (file)
        {
            var size = Folder.StatOf(file).Size;
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
