using System.Formats.Tar;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Workspaces.Layers;

/// <summary>
/// A layer as a tar archive: regular files, links and directories with their times, mode 0644 or 0755. Both ways go through handles: what
/// is packed may have been made by anyone, and what is unpacked may have been packed by an earlier version.
/// </summary>
internal static class LayerPack
{
    private const uint FolderMode = 0x1ED; // 0755
    private const uint FileMode = 0x1A4; // 0644
    private const uint ReadableFile = 0x180; // 0600
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // Ours: only this process reads a layer where it is kept.
    private static readonly SandboxUser Own = new(0, 0, MustChange: false);

    public static async Task WriteAsync(Stream to, string directory, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        await using var writer = new TarWriter(to, TarEntryFormat.Pax, leaveOpen: true);
        using var root = Folder.OpenHost(directory);
        foreach (var path in paths.Select(RawPath.FromText))
        {
            using var chain = new FolderChain(root);
            foreach (var (name, _) in WorkspacePath.Components(path.Parent))
            {
                chain.Push(chain.Last.OpenFolder(name));
            }

            await AddAsync(writer, chain.Last, path, cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task ReadAsync(Stream from, string directory, CancellationToken cancellationToken)
    {
        var folders = new List<(RawPath Path, DateTimeOffset Modified)>();
        await using var reader = new TarReader(from, leaveOpen: true);
        using var root = Folder.OpenHost(directory);
        using (var cursor = new FolderCursor(root, FolderMode, Own))
        {
            while (await reader.GetNextEntryAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is { } entry)
            {
                if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
                {
                    continue;
                }

                var path = RawPath.FromText(entry.Name.TrimEnd('/'));
                if (WorkspacePath.Components(path).Any(c => c.Name is "" or "." or "..") || path.IsRoot)
                {
                    throw new InfrastructureException("workspace-unavailable", $"the prepared layer holds a path that is none: {path}");
                }

                switch (entry.EntryType)
                {
                    case TarEntryType.Directory:
                        cursor.Open(path);
                        folders.Add((path, entry.ModificationTime));
                        break;
                    case TarEntryType.SymbolicLink:
                        cursor.Open(path.Parent).MakeLink(path.Name, RawPath.FromText(entry.LinkName).ToBytes(), Own);
                        break;
                    case TarEntryType.RegularFile:
                        var mode = (entry.Mode & UnixFileMode.UserExecute) != 0 ? FolderMode : FileMode;
                        using (var file = cursor.Open(path.Parent).CreateFile(path.Name, mode, Own))
                        {
                            await CopyAsync(entry.DataStream ?? Stream.Null, file, cancellationToken).ConfigureAwait(false);
                            Folder.SetModified(file, Nanoseconds(entry.ModificationTime));
                        }

                        break;
                    default:
                        throw new InfrastructureException(
                            "workspace-unavailable",
                            $"the prepared layer holds an entry of type {entry.EntryType}: {path}"
                        );
                }
            }
        }

        // Last and deepest first: each entry made in a directory moves its time.
        using var places = new FolderCursor(root, FolderMode, Own);
        foreach (var (path, modified) in folders.OrderByDescending(f => f.Path))
        {
            places.Open(path).SetModified(Nanoseconds(modified));
        }
    }

    private static async ValueTask AddAsync(TarWriter writer, Folder folder, RawPath path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (folder.TryStat(path.Name, out var stat) is not 0 and var error)
        {
            throw Folder.Fault(error, "read the state of", path.Bytes);
        }

        var name = path.ToString();
        switch (stat.Kind)
        {
            case FileKind.Directory:
                await writer
                    .WriteEntryAsync(
                        new PaxTarEntry(TarEntryType.Directory, name) { Mode = Executable, ModificationTime = Time(stat.Modified) },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                using (var inner = folder.OpenFolder(path.Name))
                {
                    foreach (var child in inner.ReadNames().Order(StringComparer.Ordinal))
                    {
                        await AddAsync(writer, inner, path.Child(child), cancellationToken).ConfigureAwait(false);
                    }
                }

                break;
            case FileKind.Link:
                var target = new RawPath(System.Text.Encoding.Latin1.GetString(folder.ReadLink(path.Name) ?? []));
                await writer
                    .WriteEntryAsync(
                        new PaxTarEntry(TarEntryType.SymbolicLink, name)
                        {
                            LinkName = target.ToString(),
                            ModificationTime = Time(stat.Modified),
                        },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                break;
            case FileKind.Regular:
                await using (var content = new FileStream(OpenRegular(folder, path, out stat), FileAccess.Read, bufferSize: 0))
                {
                    var entry = new PaxTarEntry(TarEntryType.RegularFile, name)
                    {
                        Mode = stat.IsExecutable ? Executable : Plain,
                        ModificationTime = Time(stat.Modified),
                        DataStream = content,
                    };
                    await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
                }

                break;
            default:
                throw new InfrastructureException(
                    "workspace-unavailable",
                    $"'{name}' became a device, pipe or socket while the prepared layer was kept"
                );
        }
    }

    private static SafeFileHandle OpenRegular(Folder folder, RawPath path, out FileStat stat)
    {
        var error = folder.TryOpenFile(path.Name, out var file);
        if (error == Errno.AccessDenied && folder.TryChangeMode(path.Name, ReadableFile) == 0)
        {
            error = folder.TryOpenFile(path.Name, out file);
        }

        if (file is null)
        {
            throw Folder.Fault(error, "open", path.Bytes);
        }

        // What was opened is asked, not the name: it never blocked, whatever it is.
        stat = Folder.StatOf(file);
        if (stat.Kind == FileKind.Regular)
        {
            return file;
        }

        file.Dispose();
        throw new InfrastructureException("workspace-unavailable", $"'{path}' is no regular file any more");
    }

    private static async Task CopyAsync(Stream from, SafeFileHandle to, CancellationToken cancellationToken)
    {
        var buffer = new byte[128 * 1024];
        long offset = 0;
        int read;
        while ((read = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            RandomAccess.Write(to, buffer.AsSpan(0, read), offset);
            offset += read;
        }
    }

    // A time can be set to anything: one before 1970 or still to come would make a build wrong and an archive unreadable.
    private static DateTimeOffset Time(long nanoseconds)
    {
        var now = DateTimeOffset.UtcNow;
        return nanoseconds <= 0 ? DateTimeOffset.UnixEpoch
            : nanoseconds / 100 > (now - DateTimeOffset.UnixEpoch).Ticks ? now
            : DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);
    }

    private static long Nanoseconds(DateTimeOffset time) => Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks) * 100;
}
