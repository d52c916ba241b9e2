using System.Runtime.InteropServices;

namespace LoopCluster.Runtime.Sandboxes.Ownership;

/// <summary>The system call that the framework has no word for.</summary>
internal static class Libc
{
    private const int NoSuchProcess = 3;

    /// <summary>False only when there is certainly no such process, also where <c>/proc</c> hides other users' processes.</summary>
    public static bool ProcessMayExist(int pid) => Kill(pid, 0) == 0 || Marshal.GetLastPInvokeError() != NoSuchProcess;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
