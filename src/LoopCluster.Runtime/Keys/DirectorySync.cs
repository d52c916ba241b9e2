using System.Runtime.InteropServices;
using System.Text;
using LoopCluster.Runtime.Workspaces.Files;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Runtime.Keys;

/// <summary>Makes a new or removed name in a directory survive a power cut.</summary>
internal static partial class DirectorySync
{
    public static void Sync(string path)
    {
        var descriptor = LinuxFiles.OpenAt2(LinuxFiles.AtFdCwd, Encoding.UTF8.GetBytes(path + '\0'), LinuxFiles.ReadOnly | LinuxFiles.DirectoryOnly | LinuxFiles.CloseOnExec, 0, 0);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open '{path}': {Marshal.GetPInvokeErrorMessage(-descriptor)}");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FSync(handle) != 0)
        {
            throw new IOException($"fsync of '{path}' failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle directory);
}
