using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Runtime.Linux;

/// <summary>
/// Makes what was written survive a power cut. The framework has words for neither: <c>fdatasync</c>, and syncing a directory.
/// </summary>
internal static class DiskSync
{
    private const int AdviseDontNeed = 4;

    /// <exception cref="IOException">Its HResult is the error's number.</exception>
    public static void OfData(SafeFileHandle file, string path)
    {
        while (LinuxFiles.DataSync(file) != 0)
        {
            ThrowUnlessInterrupted("fdatasync", path);
        }
    }

    /// <summary>A new, renamed or removed name in the directory stays so.</summary>
    /// <exception cref="IOException">Its HResult is the error's number.</exception>
    public static void OfDirectory(string path)
    {
        var descriptor = LinuxFiles.Open(path, LinuxFiles.ReadOnly | LinuxFiles.DirectoryOnly | LinuxFiles.CloseOnExec);
        if (descriptor < 0)
        {
            throw Fault("open", path, -descriptor);
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        while (LinuxFiles.Sync(handle) != 0)
        {
            ThrowUnlessInterrupted("fsync", path);
        }
    }

    /// <summary>Sets when the file was modified last; left as it is where the file system does not allow that.</summary>
    /// <param name="ticks">Of 100 ns, UTC.</param>
    public static void SetModified(SafeFileHandle file, long ticks)
    {
        var (seconds, rest) = Math.DivRem(ticks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerSecond);
        var times = new LinuxFiles.TimeSpec2
        {
            AccessNanoseconds = LinuxFiles.LeaveTime,
            ModifySeconds = seconds,
            ModifyNanoseconds = rest * 100,
        };
        _ = LinuxFiles.SetTimes(file, in times);
    }

    /// <summary>What is cached of the file's content need not be kept.</summary>
    public static void DropCache(SafeFileHandle file) => _ = LinuxFiles.Advise(file, 0, 0, AdviseDontNeed);

    private static void ThrowUnlessInterrupted(string call, string path)
    {
        if (Marshal.GetLastPInvokeError() is var error and not Errno.Interrupted)
        {
            throw Fault(call, path, error);
        }
    }

    private static IOException Fault(string call, string path, int error) =>
        new($"{call} of '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
}
