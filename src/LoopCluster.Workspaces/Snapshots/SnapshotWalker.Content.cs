using System.Buffers;
using LoopCluster.Runtime.Linux;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Workspaces.Snapshots;

/// <summary>Reading files into the pack.</summary>
internal sealed partial class SnapshotWalker
{
    private const int SmallFile = 64 * 1024;
    private const int Tries = 3;

    private void TakeFile(Folder folder, string name, RawPath path, in FileStat stat, TreeEntry? old)
    {
        // Old trees hold modes such as 100664; an untouched file keeps its own.
        var mode =
            old is { IsFile: true } file && file.IsExecutable == stat.IsExecutable ? file.Mode
            : stat.IsExecutable ? TreeEntry.Executable
            : TreeEntry.File;
        if (old is { IsFile: true } known && IsUnchanged(path, in stat))
        {
            Keep(path, new TreeEntry(mode, known.Id), in stat);
        }
        else if (stat.Size > _options.MaxFileBytes || _newBytes + stat.Size > _options.MaxCommitBytes)
        {
            RefuseContent(
                path,
                stat.Size > _options.MaxFileBytes
                    ? $"larger than {_options.MaxFileBytes} bytes"
                    : $"more than {_options.MaxCommitBytes} new bytes in one step"
            );
        }
        else
        {
            ReadFile(folder, name, path, mode);
        }
    }

    private void ReadFile(Folder folder, string name, RawPath path, int mode)
    {
        for (var i = 0; i < Tries; i++)
        {
            var error = folder.TryOpenFile(name, out var file);
            if (
                error == Errno.AccessDenied
                && _request.MayUnlock
                && folder.TryChangeMode(name, mode == TreeEntry.Executable ? 0x1C0u : 0x180u) == 0
            )
            {
                error = folder.TryOpenFile(name, out file);
            }

            if (file is null)
            {
                RefuseContent(path, $"it could not be opened (error {error})");
                return;
            }

            using (file)
            {
                var before = Folder.StatOf(file);
                if (before.Kind != FileKind.Regular || before.Size > _options.MaxFileBytes)
                {
                    continue;
                }

                // Its state is the same after as before: nobody wrote while it was read.
                if (Store(file, before.Size) is { } id && Folder.StatOf(file).SameContent(in before))
                {
                    Keep(path, new TreeEntry(mode, id), in before);
                    return;
                }
            }
        }

        RefuseContent(path, "it kept changing while it was read");
    }

    private ObjectId? Store(SafeFileHandle file, long size)
    {
        if (size > SmallFile)
        {
            var start = Pack.Count;
            var id = Pack.AddBlob(size, (span, offset) => RandomAccess.Read(file, span, offset), IsKnownBlob);
            _newBytes += Pack.Count > start ? size : 0;
            return id;
        }

        // Small ones are hashed first: most turn out to be known, and then nothing is compressed for nothing.
        var buffer = ArrayPool<byte>.Shared.Rent(SmallFile);
        try
        {
            var length = 0;
            while (length < size && RandomAccess.Read(file, buffer.AsSpan(length, (int)size - length), length) is > 0 and var read)
            {
                length += read;
            }

            return length == size ? StoreBlob(buffer.AsSpan(0, length)) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void TakeLink(Folder folder, string name, RawPath path, in FileStat stat, TreeEntry? old)
    {
        if (old is { IsLink: true } known && IsUnchanged(path, in stat))
        {
            Keep(path, known, in stat);
        }
        else if (folder.ReadLink(name) is { } target)
        {
            Keep(path, new TreeEntry(TreeEntry.Link, StoreBlob(target)), in stat);
        }
        else
        {
            RefuseContent(path, "it kept changing while it was read");
        }
    }

    private ObjectId StoreBlob(ReadOnlySpan<byte> content)
    {
        var id = ObjectId.Of("blob", content);
        if (!IsKnownBlob(id))
        {
            Pack.Add(PackedType.Blob, id, content);
            _newBytes += content.Length;
        }

        return id;
    }

    private PackWriter Pack => _pack ??= _request.OpenPack();

    private bool IsUnchanged(RawPath path, in FileStat stat) =>
        _request.Adopt || (_request.Stats.TryGetValue(path, out var seen) && seen.SameContent(in stat));

    // Content of the previous commit is in a durable pack already.
    private bool IsKnownBlob(ObjectId id)
    {
        if (_knownBlobs is null)
        {
            _knownBlobs = new(_previous.Count);
            foreach (var path in _previous.Paths)
            {
                _ = _knownBlobs.Add(_previous[path].Id);
            }
        }

        return _knownBlobs.Contains(id);
    }

    private void Keep(RawPath path, TreeEntry entry, in FileStat stat)
    {
        _entries[path] = entry;
        if (stat.Changed < _started)
        {
            _stats[path] = stat;
        }
    }

    private void RefuseContent(RawPath path, string reason)
    {
        _isPartial = true;
        if (_previous.TryGet(path, out var entry))
        {
            _entries[path] = entry;
            _refused.Add($"{path}: not taken, {reason}; the commit keeps the earlier version");
        }
        else
        {
            Refuse(path, reason);
        }
    }
}
