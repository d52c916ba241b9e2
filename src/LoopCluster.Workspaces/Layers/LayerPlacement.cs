using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Workspaces.Layers;

/// <summary>
/// Puts a layer's files into a directory that sandboxes write to, as copies of its own: a call may do with them what it likes, and the next
/// one finds them as prepare left them. What has not been touched since it was put there stays, told by inode and change time, which no
/// unprivileged process can set.
/// </summary>
internal sealed class LayerPlacement(SandboxUser owner)
{
    private const uint FolderMode = 0x1ED; // 0755
    private const uint FileMode = 0x1A4; // 0644
    private const int CopyBytes = 128 * 1024;

    private Dictionary<ulong, (long Changed, ulong Source)> _placed = [];

    /// <returns>Paths that have no place, because something that is no directory lies on the way there.</returns>
    public IReadOnlyList<string> Place(Folder root, LayerFiles layer, CancellationToken cancellationToken)
    {
        var pass = new Pass(_placed, owner, cancellationToken);
        _placed = [];
        var blocked = new List<string>();
        using var source = Folder.OpenHost(layer.Directory);
        foreach (var text in layer.Paths)
        {
            var path = RawPath.FromText(text);
            using var from = new FolderChain(source);
            using var to = new FolderChain(root);
            if (!TryEnter(from, to, path.Parent))
            {
                blocked.Add(text);
                continue;
            }

            pass.Put(from.Last, to.Last, path.Name);
        }

        pass.WaitForClock();
        _placed = pass.Placed;
        return blocked;
    }

    private bool TryEnter(FolderChain from, FolderChain to, RawPath path)
    {
        foreach (var (name, _) in WorkspacePath.Components(path))
        {
            from.Push(from.Last.OpenFolder(name));
            var error = to.Last.TryOpenFolder(name, out var next);
            if (error == Errno.AccessDenied && to.Last.TryChangeMode(name, FolderMode) == 0)
            {
                error = to.Last.TryOpenFolder(name, out next);
            }

            next = error == Errno.NoEntry ? to.Last.MakeFolder(name, FolderMode, owner) : next;
            if (next is null)
            {
                return false;
            }

            to.Push(next);
        }

        return true;
    }

    private sealed class Pass(Dictionary<ulong, (long Changed, ulong Source)> known, SandboxUser owner, CancellationToken cancellationToken)
    {
        private byte[]? _buffer;
        private bool _mayClone = true;
        private long _newest;

        public Dictionary<ulong, (long Changed, ulong Source)> Placed { get; } = new(known.Count);

        public void Put(Folder from, Folder to, string name)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (from.TryStat(name, out var wanted) is not 0 and var error)
            {
                throw Folder.Fault(error, "read the state of", name);
            }

            var isThere = to.TryStat(name, out var found) == 0;
            switch (wanted.Kind)
            {
                case FileKind.Directory:
                    PutFolder(from, to, name, in wanted, isThere && found.Kind == FileKind.Directory);
                    break;
                case FileKind.Link:
                    var target = from.ReadLink(name) ?? throw Folder.Fault(Errno.NoEntry, "read the link", name);
                    if (
                        !isThere
                        || found.Kind != FileKind.Link
                        || to.ReadLink(name) is not { } held
                        || !held.AsSpan().SequenceEqual(target)
                    )
                    {
                        FolderRemoval.Remove(to, name, cancellationToken);
                        to.MakeLink(name, target, owner);
                    }

                    break;
                default:
                    if (
                        isThere
                        && found is { Kind: FileKind.Regular, Links: 1 }
                        && known.TryGetValue(found.Inode, out var seen)
                        && seen == (found.Changed, wanted.Inode)
                    )
                    {
                        Placed[found.Inode] = seen;
                    }
                    else
                    {
                        FolderRemoval.Remove(to, name, cancellationToken);
                        PutFile(from, to, name);
                    }

                    break;
            }
        }

        /// <summary>A change in the same tick of the kernel's clock as the last one would leave the change time as it is.</summary>
        public void WaitForClock()
        {
            while (_newest > 0 && LinuxFiles.CoarseNow() <= _newest)
            {
                Thread.Sleep(1);
            }
        }

        private void PutFolder(Folder from, Folder to, string name, in FileStat wanted, bool isThere)
        {
            if (!isThere)
            {
                FolderRemoval.Remove(to, name, cancellationToken);
            }
            else
            {
                // The call may have taken the permissions we need to look inside.
                _ = to.TryChangeMode(name, FolderMode);
            }

            using var source = from.OpenFolder(name);
            using var target = to.MakeFolder(name, FolderMode, owner);
            target.Own(FolderMode, owner);
            var names = source.ReadNames().ToHashSet(StringComparer.Ordinal);
            if (isThere)
            {
                foreach (var foreign in target.ReadNames().Where(n => !names.Contains(n)).ToList())
                {
                    FolderRemoval.Remove(target, foreign, cancellationToken);
                }
            }

            foreach (var child in names)
            {
                Put(source, target, child);
            }

            if (target.Stat().Modified != wanted.Modified)
            {
                target.SetModified(wanted.Modified);
            }
        }

        private void PutFile(Folder from, Folder to, string name)
        {
            if (from.TryOpenFile(name, out var source) is not 0 and var error)
            {
                throw Folder.Fault(error, "open", name);
            }

            using (source)
            {
                var wanted = Folder.StatOf(source!);
                using var file = to.CreateFile(name, wanted.IsExecutable ? FolderMode : FileMode, owner);
                Copy(source!, file, wanted.Size, name);
                Folder.SetModified(file, wanted.Modified);
                var stat = Folder.StatOf(file);
                Placed[stat.Inode] = (stat.Changed, wanted.Inode);
                _newest = Math.Max(_newest, stat.Changed);
            }
        }

        private void Copy(SafeFileHandle from, SafeFileHandle to, long size, string name)
        {
            if (size == 0 || (_mayClone && (_mayClone = LinuxFiles.TryClone(to, from))))
            {
                return;
            }

            _buffer ??= new byte[CopyBytes];
            try
            {
                long offset = 0;
                int read;
                while ((read = RandomAccess.Read(from, _buffer, offset)) > 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    RandomAccess.Write(to, _buffer.AsSpan(0, read), offset);
                    offset += read;
                }
            }
            catch (IOException e)
            {
                throw new InfrastructureException(
                    "workspace-unavailable",
                    $"Could not write '{new RawPath(name)}' of the prepared layer into a workspace: {e.Message} Check the space in the data directory.",
                    e
                );
            }
        }
    }
}
