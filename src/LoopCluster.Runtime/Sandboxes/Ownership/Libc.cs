using System.Runtime.InteropServices;

namespace LoopCluster.Runtime.Sandboxes.Ownership;

/// <summary>The two system calls that the framework has no word for.</summary>
internal static class Libc
{
    private const int NoSuchProcess = 3;

    /// <summary>False only when there is certainly no such process, also where <c>/proc</c> hides other users' processes.</summary>
    public static bool ProcessMayExist(int pid) => Kill(pid, 0) == 0 || Marshal.GetLastPInvokeError() != NoSuchProcess;

    /// <summary>Gives a file to a user without following a link.</summary>
    public static void ChangeOwner(string path, uint user, uint group)
    {
        if (LChown(path, user, group) != 0)
        {
            throw new IOException($"{path} cannot be given to {user}:{group}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LChown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
}
