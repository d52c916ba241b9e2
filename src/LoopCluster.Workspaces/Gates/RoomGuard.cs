using LoopCluster.Engine.Gates;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Gates;

/// <summary>
/// Makes files of a clean room stay what they are while a gate runs. A server that is root takes them and the directories above them away
/// from the sandbox's user; these are sticky, so that new files beside are welcome and nothing of ours can be moved. Any other server is
/// that user, can only take the write bit away, and relies on being told (<see cref="RoomWatch"/>).
/// </summary>
internal static class RoomGuard
{
    private const uint FileMode = 0x124; // 0444
    private const uint ExecutableMode = 0x16D; // 0555
    private const uint SharedFolder = 0x3FF; // 1777
    private const string Bytecode = "__pycache__";
    private static readonly SandboxUser Root = new(0, 0, MustChange: true);

    public static RoomWatch Apply(string directory, TreeListing tree, IReadOnlyList<RawPath> kept, GateGuard guard, SandboxUser owner)
    {
        var keeper = owner.MustChange ? Root : owner;
        var folders = new SortedSet<RawPath> { RawPath.Root };
        var bytecode = new List<RawPath>();
        using (var root = Folder.OpenHost(directory))
        {
            foreach (var path in kept)
            {
                using var chain = Open(root, path.Parent);
                chain.Last.Give(
                    path.Name,
                    tree[path].IsLink ? null
                        : tree[path].IsExecutable ? ExecutableMode
                        : FileMode,
                    keeper
                );
                for (var above = path.Parent; !above.IsRoot && folders.Add(above); above = above.Parent) { }
            }

            foreach (var path in folders)
            {
                using var chain = Open(root, path);
                if (kept.Any(k => k.Parent == path && k.Name.EndsWith(".py", StringComparison.Ordinal)))
                {
                    // Bytecode that a first command wrote would run in place of the module for the next: here from the start, so that it
                    // can be watched.
                    bytecode.Add(path.Child(Bytecode));
                    if (!tree.HasFolder(path.Child(Bytecode)))
                    {
                        chain.Last.MakeFolder(Bytecode, SharedFolder, keeper).Dispose();
                    }
                }

                if (owner.MustChange && kept.Count > 0)
                {
                    chain.Last.Own(SharedFolder, keeper);
                }
            }
        }

        folders.UnionWith(bytecode);
        folders.UnionWith(guard.ModuleRoots.Select(RawPath.FromText).Where(tree.HasFolder));
        var isReplacement = guard.Watch([.. kept.Select(k => k.ToString())], path => tree.TryGet(RawPath.FromText(path), out _));
        return new RoomWatch(directory, folders, owner.MustChange ? [] : kept.Where(k => !tree[k].IsLink), kept, isReplacement);
    }

    private static FolderChain Open(Folder root, RawPath path)
    {
        var chain = new FolderChain(root);
        foreach (var (name, _) in WorkspacePath.Components(path))
        {
            chain.Push(chain.Last.OpenFolder(name));
        }

        return chain;
    }
}
