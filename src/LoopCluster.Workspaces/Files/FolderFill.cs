using System.Buffers;
using LoopCluster.Engine.Errors;
using LoopCluster.Workspaces.Git;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Workspaces.Files;

/// <summary>
/// Makes a directory hold exactly the files of a tree, in place: the directory itself stays, because a prepared container may have it
/// mounted. This is the checkout; git takes no part but giving the bytes, which are checked against their ids on the way.
/// </summary>
internal sealed class FolderFill(LoopRepository repository, SandboxUser owner)
{
    private const uint FolderMode = 0x1ED; // 0755
    private const uint FileMode = 0x1A4; // 0644
    private const uint ExecutableMode = 0x1ED; // 0755

    /// <summary>
    /// Modification time of every file that is as in the base: one and old, so that what prepare built is newer than its sources and what
    /// was changed since is newer than both, in every directory anew. In 1981: zip archives know no time before 1980, and packages of npm,
    /// which may be outputs as well, are from 1985.
    /// </summary>
    public static readonly DateTimeOffset BaseTime = new(1981, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="start">The base's files.</param>
    /// <param name="stats">Files known to hold the content that <paramref name="holds"/> names.</param>
    /// <param name="prepared">Places of the prepared layer, which is put back there before every call: left alone.</param>
    public async Task FillAsync(
        Folder root,
        TreeListing target,
        TreeListing start,
        TreeListing holds,
        IReadOnlyDictionary<RawPath, FileStat> stats,
        IReadOnlyList<RawPath> prepared,
        CancellationToken cancellationToken
    )
    {
        root.Own(FolderMode, owner);
        var present = new HashSet<RawPath>();
        Clear(root, RawPath.Root);
        await WriteAsync(root, target, start, present, cancellationToken);

        void Clear(Folder folder, RawPath path)
        {
            foreach (var name in folder.ReadNames())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var child = path.Child(name);
                if (prepared.Contains(child) && !target.TryGet(child, out _) && !target.HasFolder(child))
                {
                    continue;
                }

                var isThere = folder.TryStat(name, out var stat) == 0;
                var isPlace = prepared.Any(p => p.IsBelow(child)) || (target.TryGet(child, out var entry) && entry.IsSubmodule);
                if (isThere && stat.Kind == FileKind.Directory && (target.HasFolder(child) || isPlace))
                {
                    if (!Matches(in stat, FolderMode))
                    {
                        _ = folder.TryChangeMode(name, FolderMode);
                    }

                    using var inner = folder.OpenFolder(name);
                    if (!Matches(in stat, FolderMode))
                    {
                        inner.Own(FolderMode, owner);
                    }

                    Clear(inner, child);
                }
                else if (isThere && IsTarget(child, in stat))
                {
                    present.Add(child);
                }
                else
                {
                    FolderRemoval.Remove(folder, name, cancellationToken);
                }
            }
        }

        bool IsTarget(RawPath path, in FileStat stat) =>
            target.TryGet(path, out var wanted)
            && holds.TryGet(path, out var held)
            && held == wanted
            && stats.TryGetValue(path, out var seen)
            && seen.SameContent(in stat)
            && (wanted.IsLink || (stat.Links == 1 && Matches(in stat, wanted.IsExecutable ? ExecutableMode : FileMode)));
    }

    private bool Matches(in FileStat stat, uint mode) => stat.Permissions == mode && stat.User == owner.User && stat.Group == owner.Group;

    private async Task WriteAsync(
        Folder root,
        TreeListing target,
        TreeListing start,
        HashSet<RawPath> present,
        CancellationToken cancellationToken
    )
    {
        var paths = new List<RawPath>();
        using var cursor = new FolderCursor(root, FolderMode, owner);
        foreach (var path in target.Paths)
        {
            if (target[path].IsSubmodule)
            {
                cursor.Open(path.Parent).MakeFolder(path.Name, FolderMode, owner).Dispose();
            }
            else if (!present.Contains(path))
            {
                paths.Add(path);
            }
        }

        if (paths.Count == 0)
        {
            return;
        }

        await repository.ReadAsync(
            [.. paths.Select(p => target[p].Id)],
            (i, reader, type, size) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                var path = paths[i];
                var entry = target[path];
                if (type != "blob")
                {
                    throw ObjectReader.Missing(entry.Id);
                }

                var folder = cursor.Open(path.Parent);
                if (entry.IsLink)
                {
                    var link = reader.ReadToEnd();
                    _ = ObjectId.Of("blob", link) == entry.Id ? 0 : throw ObjectReader.Missing(entry.Id);
                    folder.MakeLink(path.Name, link, owner);
                }
                else
                {
                    using var file = folder.CreateFile(path.Name, entry.IsExecutable ? ExecutableMode : FileMode, owner);
                    Copy(reader, size, entry.Id, file, path);
                    if (start.TryGet(path, out var original) && original.Id == entry.Id && original.IsFile)
                    {
                        Folder.SetModified(file, BaseTime.ToUnixTimeMilliseconds() * 1_000_000);
                    }
                }
            },
            cancellationToken
        );
    }

    private static void Copy(ObjectReader reader, long size, ObjectId id, SafeFileHandle file, RawPath path)
    {
        using var hasher = new ObjectHasher("blob", size);
        long offset = 0;
        for (var piece = reader.Read(); !piece.IsEmpty; piece = reader.Read())
        {
            hasher.Append(piece);
            try
            {
                RandomAccess.Write(file, piece, offset);
            }
            catch (IOException e)
            {
                throw new InfrastructureException(
                    "workspace-unavailable",
                    $"Could not write '{path}' into a workspace: {e.Message} Check the space in the data directory.",
                    e
                );
            }

            offset += piece.Length;
        }

        if (hasher.Finish() != id)
        {
            throw ObjectReader.Missing(id);
        }
    }
}
