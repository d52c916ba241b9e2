using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace LoopCluster.Runtime.Hosting.Socket;

/// <summary>
/// The address of a socket in a directory. The kernel takes at most 107 bytes of path (sun_path in unix(7)); a longer one is reached
/// through a handle of its directory, which must stay open as long as the address is used.
/// </summary>
internal sealed partial class SocketAddress : IDisposable
{
    private const int LongestPath = 107;
    private const int OpenPathOnly = 0x200000;
    private const int CloseOnExec = 0x80000;

    private readonly SafeHandle? _directory;

    private SocketAddress(string path, SafeHandle? directory) => (Path, _directory) = (path, directory);

    /// <summary>A path short enough to bind or connect to.</summary>
    public string Path { get; }

    public UnixDomainSocketEndPoint EndPoint => new(Path);

    public static SocketAddress In(string directory, string name)
    {
        var path = System.IO.Path.Combine(directory, name);
        if (Encoding.UTF8.GetByteCount(path) <= LongestPath)
        {
            return new SocketAddress(path, null);
        }

        var descriptor = Open(directory, OpenPathOnly | CloseOnExec);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"cannot open {directory}: {new Win32Exception(error).Message}");
        }

        return new SocketAddress($"/proc/self/fd/{descriptor}/{name}", new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true));
    }

    public void Dispose() => _directory?.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
