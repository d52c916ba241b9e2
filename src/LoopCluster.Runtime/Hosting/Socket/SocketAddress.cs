using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using LoopCluster.Runtime.Linux;

namespace LoopCluster.Runtime.Hosting.Socket;

/// <summary>
/// The address of a socket in a directory. The kernel takes at most 107 bytes of path (sun_path in unix(7)); a longer one is reached
/// through a handle of its directory, which must stay open as long as the address is used.
/// </summary>
internal sealed class SocketAddress : IDisposable
{
    private const int LongestPath = 107;

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

        var descriptor = LinuxFiles.Open(directory, LinuxFiles.PathOnly | LinuxFiles.CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open {directory}: {Marshal.GetPInvokeErrorMessage(-descriptor)}");
        }

        return new SocketAddress($"/proc/self/fd/{descriptor}/{name}", new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true));
    }

    public void Dispose() => _directory?.Dispose();
}
