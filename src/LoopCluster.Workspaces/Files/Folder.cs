using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Workspaces.Files;

/// <summary>
/// An open directory. Every name given to it is one component, resolved by the kernel beneath it with no link followed and no mount
/// crossed, so what an agent puts in the way can make a call fail but cannot lead it elsewhere. Names are raw (see <c>RawPath</c>).
/// <c>Try</c> methods return 0 or an <see cref="Errno"/>; the others throw <c>workspace-unavailable</c>.
/// </summary>
internal sealed class Folder : IDisposable
{
    public const int NameLimit = 255;
    private const int LinkLimit = 4096;
    private const ulong Resolve =
        LinuxFiles.ResolveBeneath | LinuxFiles.ResolveNoSymlinks | LinuxFiles.ResolveNoXdev | LinuxFiles.ResolveNoMagicLinks;

    private static readonly int FolderFlags = LinuxFiles.ReadOnly | LinuxFiles.DirectoryOnly | LinuxFiles.NoFollow | LinuxFiles.CloseOnExec;
    private static readonly int ReadFlags =
        LinuxFiles.ReadOnly | LinuxFiles.NoFollow | LinuxFiles.CloseOnExec | LinuxFiles.NonBlocking | LinuxFiles.NoControllingTerminal;
    private static readonly int CreateFlags =
        LinuxFiles.WriteOnly | LinuxFiles.Create | LinuxFiles.Exclusive | LinuxFiles.NoFollow | LinuxFiles.CloseOnExec;

    private readonly SafeFileHandle _handle;

    private Folder(int descriptor) => _handle = new SafeFileHandle(descriptor, ownsHandle: true);

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>
    /// Opens a directory of the host by its path, whose last component may be a link only if <paramref name="followLink"/>.
    /// </summary>
    public static Folder OpenHost(string path, bool followLink = false)
    {
        var flags = followLink ? FolderFlags & ~LinuxFiles.NoFollow : FolderFlags;
        var result = LinuxFiles.Open(path, flags);
        return result >= 0 ? new Folder(result) : throw Fault(-result, "open the directory", path);
    }

    public int TryOpenFolder(string name, out Folder? folder)
    {
        var result = LinuxFiles.OpenAt2(Descriptor, Terminated(name, stackalloc byte[NameLimit + 1]), FolderFlags, 0, Resolve);
        folder = result >= 0 ? new Folder(result) : null;
        return result >= 0 ? 0 : -result;
    }

    public Folder OpenFolder(string name)
    {
        var error = TryOpenFolder(name, out var folder);
        return error == 0 ? folder! : throw Fault(error, "open the directory", name);
    }

    public int TryStat(string name, out FileStat stat) =>
        StatResult(
            LinuxFiles.Statx(Descriptor, Terminated(name, stackalloc byte[NameLimit + 1]), LinuxFiles.AtSymlinkNoFollow, out var buffer),
            in buffer,
            out stat
        );

    public FileStat Stat() => StatOf(_handle);

    public static FileStat StatOf(SafeFileHandle file)
    {
        var error = StatResult(
            LinuxFiles.Statx((int)file.DangerousGetHandle(), [0], LinuxFiles.AtEmptyPath, out var buffer),
            in buffer,
            out var stat
        );
        return error == 0 ? stat : throw Fault(error, "read the state of", "an open file");
    }

    /// <summary>
    /// Opens for reading. Never blocks on a pipe and never acquires a terminal; the caller checks the kind on the handle.
    /// </summary>
    public int TryOpenFile(string name, out SafeFileHandle? file)
    {
        var result = LinuxFiles.OpenAt2(Descriptor, Terminated(name, stackalloc byte[NameLimit + 1]), ReadFlags, 0, Resolve);
        file = result >= 0 ? new SafeFileHandle(result, ownsHandle: true) : null;
        return result >= 0 ? 0 : -result;
    }

    /// <summary>Creates a file that must not exist, open for writing, with exactly this mode and owner.</summary>
    public SafeFileHandle CreateFile(string name, uint mode, SandboxUser owner)
    {
        var result = LinuxFiles.OpenAt2(Descriptor, Terminated(name, stackalloc byte[NameLimit + 1]), CreateFlags, 0x180, Resolve);
        if (result < 0)
        {
            throw Fault(-result, "create", name);
        }

        var file = new SafeFileHandle(result, ownsHandle: true);
        if ((owner.MustChange && LinuxFiles.ChangeOwner(file, owner.User, owner.Group) != 0) || LinuxFiles.ChangeMode(file, mode) != 0)
        {
            file.Dispose();
            throw Fault(Marshal.GetLastPInvokeError(), "set owner and mode of", name);
        }

        return file;
    }

    /// <summary>Names in the directory, unordered, without <c>.</c> and <c>..</c>. Good for one pass per opened folder.</summary>
    public IEnumerable<string> ReadNames()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            int length;
            while ((length = LinuxFiles.GetDents(_handle, buffer)) > 0)
            {
                for (var at = 0; at < length; )
                {
                    // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
                    var record = buffer.AsSpan(at, BitConverter.ToUInt16(buffer, at + 16));
                    at += record.Length;
                    var name = record[19..];
                    name = name[..name.IndexOf((byte)0)];
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        yield return Encoding.Latin1.GetString(name);
                    }
                }
            }

            if (length < 0)
            {
                throw Fault(-length, "list", "a directory");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The target of a link, or null when the name is no link (any more).</summary>
    public byte[]? ReadLink(string name)
    {
        Span<byte> target = stackalloc byte[LinkLimit];
        var length = LinuxFiles.ReadLinkAt(
            _handle,
            in MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1])),
            ref MemoryMarshal.GetReference(target),
            LinkLimit
        );
        return length >= 0 ? target[..(int)length].ToArray() : null;
    }

    public void MakeLink(string name, ReadOnlySpan<byte> target, SandboxUser owner)
    {
        Span<byte> terminated = stackalloc byte[LinkLimit + 1];
        if (target.Length > LinkLimit)
        {
            throw Fault(Errno.NameTooLong, "create the link", name);
        }

        target.CopyTo(terminated);
        terminated[target.Length] = 0;
        ref readonly var raw = ref MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1]));
        Check(LinuxFiles.SymlinkAt(in MemoryMarshal.GetReference(terminated), _handle, in raw), "create the link", name);
        if (owner.MustChange)
        {
            Check(
                LinuxFiles.ChangeOwnerAt(_handle, in raw, owner.User, owner.Group, LinuxFiles.AtSymlinkNoFollow),
                "set the owner of",
                name
            );
        }
    }

    /// <summary>Makes a directory and opens it, or opens the one that is there.</summary>
    public Folder MakeFolder(string name, uint mode, SandboxUser owner)
    {
        var made = LinuxFiles.MakeDirectoryAt(
            _handle,
            in MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1])),
            0x1C0
        );
        if (made != 0 && Marshal.GetLastPInvokeError() != Errno.Exists)
        {
            throw Fault(Marshal.GetLastPInvokeError(), "create the directory", name);
        }

        var folder = OpenFolder(name);
        if (made == 0)
        {
            folder.Own(mode, owner);
        }

        return folder;
    }

    /// <summary>Gives the directory itself this mode and owner.</summary>
    public void Own(uint mode, SandboxUser owner)
    {
        if (owner.MustChange)
        {
            Check(LinuxFiles.ChangeOwner(_handle, owner.User, owner.Group), "set the owner of", "a directory");
        }

        Check(LinuxFiles.ChangeMode(_handle, mode), "set the mode of", "a directory");
    }

    /// <summary>Gives a file or link of this directory an owner, and a file this mode.</summary>
    public void Give(string name, uint? mode, SandboxUser owner)
    {
        if (owner.MustChange)
        {
            ref readonly var raw = ref MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1]));
            Check(
                LinuxFiles.ChangeOwnerAt(_handle, in raw, owner.User, owner.Group, LinuxFiles.AtSymlinkNoFollow),
                "set the owner of",
                name
            );
        }

        if (mode is { } bits)
        {
            var error = TryChangeMode(name, bits);
            _ = error == 0 ? 0 : throw Fault(error, "set the mode of", name);
        }
    }

    /// <summary>Sets the directory's modification time, in nanoseconds since 1970.</summary>
    public void SetModified(long time) => SetModified(_handle, time);

    public static void SetModified(SafeFileHandle file, long time)
    {
        var (seconds, rest) = Math.DivRem(time, 1_000_000_000);
        var times = new LinuxFiles.TimeSpec2
        {
            AccessSeconds = seconds,
            AccessNanoseconds = rest,
            ModifySeconds = seconds,
            ModifyNanoseconds = rest,
        };
        Check(LinuxFiles.SetTimes(file, in times), "set the time of", "a file");
    }

    public int TryChangeMode(string name, uint mode) =>
        Result(
            LinuxFiles.ChangeModeAt(
                _handle,
                in MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1])),
                mode,
                LinuxFiles.AtSymlinkNoFollow
            )
        );

    public int TryRemoveFile(string name) =>
        Result(LinuxFiles.UnlinkAt(_handle, in MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1])), 0));

    public int TryRemoveFolder(string name) =>
        Result(
            LinuxFiles.UnlinkAt(
                _handle,
                in MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1])),
                LinuxFiles.AtRemoveDir
            )
        );

    /// <summary>Renames within one file system, replacing what has the new name.</summary>
    public int TryMove(string name, Folder destination, string newName) =>
        Result(
            LinuxFiles.RenameAt(
                _handle,
                in MemoryMarshal.GetReference(Terminated(name, stackalloc byte[NameLimit + 1])),
                destination._handle,
                in MemoryMarshal.GetReference(Terminated(newName, stackalloc byte[NameLimit + 1]))
            )
        );

    public void Dispose() => _handle.Dispose();

    public static InfrastructureException Fault(int error, string action, string name) =>
        new(
            "workspace-unavailable",
            error == Errno.NotImplemented
                ? "The kernel lacks openat2, without which files of an agent cannot be handled safely: Linux 5.6 or newer is needed."
                : $"Could not {action} '{new Git.RawPath(name)}' in a workspace: {Marshal.GetPInvokeErrorMessage(error)}. Check space, ownership and mounts of the data directory."
        );

    private static int StatResult(int error, in StatxBuffer buffer, out FileStat stat)
    {
        stat = error == 0 ? FileStat.From(in buffer) : default;
        return -error;
    }

    private static int Result(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    private static void Check(int result, string action, string name)
    {
        if (result != 0)
        {
            throw Fault(Marshal.GetLastPInvokeError(), action, name);
        }
    }

    private static ReadOnlySpan<byte> Terminated(string name, Span<byte> buffer)
    {
        // A component only: "a/b" would be resolved safely too, but is never meant.
        if (name.Length is 0 or > NameLimit || name is "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
        {
            throw new ArgumentException($"'{new Git.RawPath(name)}' is no name of a directory entry.", nameof(name));
        }

        var length = Encoding.Latin1.GetBytes(name, buffer);
        buffer[length] = 0;
        return buffer[..(length + 1)];
    }
}
