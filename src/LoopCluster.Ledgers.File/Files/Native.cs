using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Ledgers.File.Files;

/// <summary>libc calls that .NET has no equivalent for: <c>fdatasync</c>, syncing a directory, dropping cached pages.</summary>
internal static partial class Native
{
    private const int Interrupted = 4; // EINTR
    private const int OpenDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC
    private const int OpenDirectoryArm64 = 0x4000 | 0x80000;
    private const int AdviseDontNeed = 4;

    public static void DataSync(SafeFileHandle file, string path)
    {
        while (FDataSync(file) != 0)
        {
            ThrowUnlessInterrupted("fdatasync", path);
        }
    }

    public static void SyncDirectory(string path)
    {
        var flags = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? OpenDirectoryArm64 : OpenDirectory;
        int descriptor;
        while ((descriptor = Open(path, flags)) < 0)
        {
            ThrowUnlessInterrupted("open", path);
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        while (FSync(handle) != 0)
        {
            ThrowUnlessInterrupted("fsync", path);
        }
    }

    public static void DropCache(SafeFileHandle file) => _ = FAdvise(file, 0, 0, AdviseDontNeed);

    private static void ThrowUnlessInterrupted(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw new IOException($"{call} of '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int FAdvise(SafeFileHandle file, nint offset, nint length, int advice);
}
