using System.Runtime.InteropServices;

namespace LoopCluster.Runtime.Linux;

/// <summary>The system calls of inotify(7), and waiting for what it tells.</summary>
internal static partial class LinuxWatch
{
    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int Initialize(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true)]
    public static partial int Add(int descriptor, in byte path, uint mask);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(ref PollEntry entry, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, ref byte buffer, nint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
