using LoopCluster.Runtime.Linux;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Git;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Workspaces.Files;

/// <summary>The file tools' way into the workspace: one component at a time beneath its root, so no name leads out of it.</summary>
internal sealed class WorkspaceFiles(string directory, SandboxUser owner) : IWorkspaceFiles
{
    private const uint FolderMode = 0x1ED; // 0755
    private const uint FileMode = 0x1A4; // 0644
    private const int FolderLimit = 100_000;
    private const int DepthLimit = 200;

    /// <summary>Places of the prepared layer.</summary>
    public IReadOnlyList<RawPath> Prepared { get; set; } = [];

    public byte[] Read(string path, int limit)
    {
        var target = WorkspacePath.Parse(path);
        using var root = Folder.OpenHost(directory);
        using var cursor = OpenParent(root, target, out var folder);
        using var file = OpenRegular(folder, target, out var stat);
        if (stat.Size > limit)
        {
            throw new WorkspaceFileException(
                $"{target} has {stat.Size} bytes, more than the {limit} that can be read at once. Read a part of it with the shell (head, tail, sed -n)."
            );
        }

        var content = new byte[stat.Size];
        var length = 0;
        int read;
        while (length < content.Length && (read = RandomAccess.Read(file, content.AsSpan(length), length)) > 0)
        {
            length += read;
        }

        return length == content.Length ? content : content[..length];
    }

    public void Write(string path, ReadOnlySpan<byte> content)
    {
        var target = WorkspacePath.Parse(path);
        if (target.IsRoot)
        {
            throw new WorkspaceFileException("The path names the workspace itself; give the path of a file.");
        }

        if (Prepared.Any(p => p == target || target.IsBelow(p)))
        {
            throw new WorkspaceFileException(
                $"{target} belongs to what 'prepare' made: it is put back as it was before every command and is not part of the change. Write somewhere else."
            );
        }

        using var root = Folder.OpenHost(directory);
        using var chain = MakeParents(root, target.Parent, out var folder);
        var mode = ModeFor(folder, target);
        var temporary = $".loopcluster-{Guid.NewGuid():N}";
        try
        {
            using (var file = folder.CreateFile(temporary, mode, owner))
            {
                RandomAccess.Write(file, content, 0);
            }

            if (folder.TryMove(temporary, folder, target.Name) is not 0 and var error)
            {
                throw Folder.Fault(error, "replace", target.Name);
            }
        }
        catch
        {
            _ = folder.TryRemoveFile(temporary);
            throw;
        }
    }

    public string? TwinOf(string path)
    {
        var target = WorkspacePath.Parse(path);
        using var root = Folder.OpenHost(directory);
        using var chain = new FolderChain(root);
        foreach (var (name, at) in WorkspacePath.Components(target))
        {
            if (chain.Last.TryStat(name, out _) != 0)
            {
                return NearNames.Find(chain.Last, name) is { } near ? NearNames.Describe(at.Parent.Child(near), name) : null;
            }

            if (at == target || chain.Last.TryOpenFolder(name, out var next) != 0)
            {
                return null;
            }

            chain.Push(next!);
        }

        return null;
    }

    public IReadOnlyList<string> List(string path, bool recursive, int limit)
    {
        var target = WorkspacePath.Parse(path);
        using var root = Folder.OpenHost(directory);
        var found = new List<string>();
        if (target.IsRoot)
        {
            Collect(root, target, recursive, limit, 0, found);
            return found;
        }

        using var chain = OpenParent(root, target, out var parent);
        if (parent.TryOpenFolder(target.Name, out var folder) is not 0 and var error)
        {
            throw Explain(error, target, "list", parent);
        }

        using (folder)
        {
            Collect(folder!, target, recursive, limit, 0, found);
        }

        return found;
    }

    private void Collect(Folder folder, RawPath path, bool recursive, int limit, int depth, List<string> found)
    {
        // Directories sort by their name with a slash, as the paths below them do.
        var names = new SortedDictionary<string, (string Name, FileKind Kind)>(StringComparer.Ordinal);
        foreach (var name in folder.ReadNames().Take(FolderLimit))
        {
            if (folder.TryStat(name, out var stat) == 0 && stat.Kind != FileKind.Other)
            {
                names[stat.Kind == FileKind.Directory ? name + "/" : name] = (name, stat.Kind);
            }
        }

        foreach (var (key, (name, kind)) in names)
        {
            if (found.Count >= limit)
            {
                return;
            }

            if (kind != FileKind.Directory || !recursive)
            {
                found.Add(path.Child(key).ToString());
            }
            else if (depth < DepthLimit && !Prepared.Contains(path.Child(name)) && folder.TryOpenFolder(name, out var child) == 0)
            {
                using (child)
                {
                    Collect(child!, path.Child(name), recursive, limit, depth + 1, found);
                }
            }
        }
    }

    private static SafeFileHandle OpenRegular(Folder folder, RawPath target, out FileStat stat)
    {
        if (target.IsRoot)
        {
            throw new WorkspaceFileException("The path names the workspace itself; give the path of a file, or list it.");
        }

        if (folder.TryOpenFile(target.Name, out var file) is not 0 and var error)
        {
            throw Explain(error, target, "read", folder);
        }

        stat = Folder.StatOf(file!);
        if (stat.Kind == FileKind.Regular && stat.Links == 1)
        {
            return file!;
        }

        file!.Dispose();
        throw Unusable(target, in stat);
    }

    private static WorkspaceFileException Unusable(RawPath target, in FileStat stat) =>
        new(
            stat.Kind switch
            {
                FileKind.Directory => $"{target} is a directory; list it instead.",
                FileKind.Link =>
                    $"{target} is a symbolic link, which file tools don't follow; name the file it points at, or remove the link with the shell.",
                FileKind.Regular =>
                    $"{target} has more than one hard link, which file tools don't touch; make it a file of its own first: cp FILE TMP && mv TMP FILE.",
                _ => $"{target} is a device, pipe or socket, not a file.",
            }
        );

    // An existing file keeps its executable bit; anything but a plain file is not replaced.
    private static uint ModeFor(Folder folder, RawPath target)
    {
        if (folder.TryStat(target.Name, out var stat) != 0)
        {
            return FileMode;
        }

        return stat is { Kind: FileKind.Regular, Links: 1 } ? (stat.IsExecutable ? FolderMode : FileMode) : throw Unusable(target, in stat);
    }

    private static FolderChain OpenParent(Folder root, RawPath target, out Folder folder)
    {
        var chain = new FolderChain(root);
        try
        {
            foreach (var (name, at) in WorkspacePath.Components(target.Parent))
            {
                if (chain.Last.TryOpenFolder(name, out var next) is not 0 and var error)
                {
                    throw Explain(error, at, "open", chain.Last);
                }

                chain.Push(next!);
            }

            folder = chain.Last;
            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    private FolderChain MakeParents(Folder root, RawPath parent, out Folder folder)
    {
        var chain = new FolderChain(root);
        try
        {
            foreach (var (name, at) in WorkspacePath.Components(parent))
            {
                var error = chain.Last.TryOpenFolder(name, out var next);
                next = error == Errno.NoEntry ? chain.Last.MakeFolder(name, FolderMode, owner) : next;
                chain.Push(next ?? throw Explain(error, at, "open", chain.Last));
            }

            folder = chain.Last;
            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    private static WorkspaceFileException Explain(int error, RawPath at, string action, Folder folder) =>
        new(
            error switch
            {
                Errno.NoEntry when NearNames.Find(folder, at.Name) is { } near =>
                    $"{at} does not exist. There is {NearNames.Describe(at.Parent.Child(near), at.Name)}: give it exactly so.",
                Errno.NoEntry => $"{at} does not exist.",
                Errno.NotDirectory => $"{at} is not a directory, or a symbolic link, which file tools don't follow.",
                Errno.TooManyLinks => $"{at} is a symbolic link, which file tools don't follow; name the file it points at.",
                Errno.CrossDevice => $"{at} lies on another file system, where file tools don't go.",
                Errno.AccessDenied => $"{at} may not be opened; change its permissions with the shell.",
                Errno.NameTooLong => $"{at} has too long a name.",
                _ => $"Could not {action} {at} (error {error}).",
            }
        );
}
