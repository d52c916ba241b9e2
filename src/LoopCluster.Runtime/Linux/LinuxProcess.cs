using System.Runtime.InteropServices;

namespace LoopCluster.Runtime.Linux;

/// <summary>System calls on processes, and whom this one runs as.</summary>
internal static partial class LinuxProcess
{
    public const int Terminate = 15;
    public const int Kill = 9;

    /// <summary>A negative <paramref name="process"/> is a group. False when there is none, for the last error of the thread.</summary>
    public static bool Send(int process, int signal) => SendSignal(process, signal) == 0;

    /// <summary>False only when there is certainly no such process, also where <c>/proc</c> hides other users' processes.</summary>
    public static bool MayExist(int process) => Send(process, 0) || Marshal.GetLastPInvokeError() != Errno.NoProcess;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
