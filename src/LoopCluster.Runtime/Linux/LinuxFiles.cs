using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Runtime.Linux;

/// <summary>
/// System calls on files. Those that name a file by directory handle and raw bytes take NUL-terminated names. Layouts are those of 64-bit
/// Linux.
/// </summary>
internal static partial class LinuxFiles
{
    private const int AtFdCwd = -100;
    public const int AtSymlinkNoFollow = 0x100;
    public const int AtRemoveDir = 0x200;
    public const int AtEmptyPath = 0x1000;

    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoControllingTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;

    // These two differ between x64 and arm64 (asm-generic/fcntl.h against arch/arm64/include/uapi/asm/fcntl.h).
    public static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    public const ulong ResolveNoXdev = 0x01;
    public const ulong ResolveNoMagicLinks = 0x02;
    public const ulong ResolveNoSymlinks = 0x04;
    public const ulong ResolveBeneath = 0x08;

    /// <summary>UTIME_OMIT of sys/stat.h: this one of the two times stays.</summary>
    public const long LeaveTime = (1L << 30) - 2;

    private const nint StatxBasicStats = 0x7ff;
    private const int CoarseRealtime = 5;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    // openat2 has one number everywhere; the other two predate the unified table.
    private const nint OpenAt2Number = 437;
    private static readonly nint StatxNumber = IsArm ? 291 : 332;
    private static readonly nint GetDentsNumber = IsArm ? 61 : 217;

    /// <summary>Opens a path of the host. Returns a file descriptor, or a negated error number.</summary>
    public static int Open(string path, int flags) => OpenAt2(AtFdCwd, Encoding.UTF8.GetBytes(path + '\0'), flags, 0, 0);

    /// <summary>Returns a file descriptor, or a negated error number.</summary>
    public static int OpenAt2(int directory, ReadOnlySpan<byte> name, int flags, uint mode, ulong resolve)
    {
        var how = new OpenHow
        {
            Flags = (ulong)(uint)flags,
            Mode = mode,
            Resolve = resolve,
        };
        while (true)
        {
            var result = Syscall(OpenAt2Number, directory, in MemoryMarshal.GetReference(name), in how, OpenHow.Size);
            if (result >= 0)
            {
                return (int)result;
            }

            // EAGAIN: a rename elsewhere raced with the check of "beneath"; the manual page asks to try again.
            var error = Marshal.GetLastPInvokeError();
            if (error is not (Errno.Interrupted or Errno.TryAgain))
            {
                return -error;
            }
        }
    }

    /// <summary>0, or a negated error number.</summary>
    public static int Statx(int directory, ReadOnlySpan<byte> name, int flags, out StatxBuffer buffer)
    {
        buffer = default;
        return SyscallStatx(StatxNumber, directory, in MemoryMarshal.GetReference(name), flags, StatxBasicStats, ref buffer) < 0
            ? -Marshal.GetLastPInvokeError()
            : 0;
    }

    /// <summary>Bytes of directory entries put into the buffer, 0 at the end, or a negated error number.</summary>
    public static int GetDents(SafeFileHandle directory, Span<byte> buffer)
    {
        var result = SyscallGetDents(GetDentsNumber, directory, ref MemoryMarshal.GetReference(buffer), buffer.Length);
        return result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;
    }

    /// <summary>The clock the kernel stamps files with, in nanoseconds.</summary>
    public static long CoarseNow()
    {
        _ = ClockGetTime(CoarseRealtime, out var time);
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint directory, in byte name, in OpenHow how, nint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallStatx(nint number, nint directory, in byte name, nint flags, nint mask, ref StatxBuffer buffer);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallGetDents(nint number, SafeFileHandle directory, ref byte buffer, nint size);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(SafeFileHandle directory, in byte name, ref byte buffer, nint size);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(SafeFileHandle directory, in byte name, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectoryAt(SafeFileHandle directory, in byte name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymlinkAt(in byte target, SafeFileHandle directory, in byte name);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(SafeFileHandle fromDirectory, in byte from, SafeFileHandle toDirectory, in byte to);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int ChangeModeAt(SafeFileHandle directory, in byte name, uint mode, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    public static partial int ChangeOwnerAt(SafeFileHandle directory, in byte name, uint user, uint group, int flags);

    /// <summary>Makes a new empty file share the other's content (btrfs, xfs and others); false where that is not possible.</summary>
    public static bool TryClone(SafeFileHandle to, SafeFileHandle from) => Control(to, CloneRequest, from) == 0;

    // FICLONE of linux/fs.h.
    private const nuint CloneRequest = 0x40049409;

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, SafeFileHandle argument);

    /// <summary>Access and modification time; the change time is the kernel's.</summary>
    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    public static partial int SetTimes(SafeFileHandle file, in TimeSpec2 times);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int DataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    public static partial int Advise(SafeFileHandle file, nint offset, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string from, string to);

    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        public const int Size = 24;
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec2
    {
        public long AccessSeconds;
        public long AccessNanoseconds;
        public long ModifySeconds;
        public long ModifyNanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
