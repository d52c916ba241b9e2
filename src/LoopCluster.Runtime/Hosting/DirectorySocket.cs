using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using LoopCluster.Runtime.Linux;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Runtime.Hosting;

/// <summary>
/// Where a data directory's holder listens: <c>host.sock</c> in it. The kernel takes at most 107 bytes of path (sun_path in unix(7)); a
/// longer one is reached through a handle of its directory, which must stay open as long as the address is used.
/// </summary>
public sealed class DirectorySocket : IDisposable
{
    public const string FileName = "host.sock";

    private const int LongestPath = 107;

    private readonly SafeFileHandle? _directory;

    private DirectorySocket(string address, SafeFileHandle? directory) => (Address, _directory) = (address, directory);

    /// <summary>A path short enough to bind or connect to.</summary>
    public string Address { get; }

    /// <exception cref="IOException">The path is long and the directory cannot be opened.</exception>
    public static DirectorySocket In(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (Encoding.UTF8.GetByteCount(path) <= LongestPath)
        {
            return new DirectorySocket(path, null);
        }

        var descriptor = LinuxFiles.Open(directory, LinuxFiles.PathOnly | LinuxFiles.CloseOnExec);
        return descriptor >= 0
            ? new DirectorySocket($"/proc/self/fd/{descriptor}/{FileName}", new SafeFileHandle(descriptor, ownsHandle: true))
            : throw new IOException($"cannot open {directory}: {Marshal.GetPInvokeErrorMessage(-descriptor)}");
    }

    /// <summary>
    /// Connects to whoever listens in <paramref name="directory"/>. Fails with <see cref="SocketException"/> when nobody does (a dead
    /// process's socket file may be there), or as <see cref="In"/>.
    /// </summary>
    public static Func<CancellationToken, ValueTask<Stream>> To(string directory) => token => ConnectAsync(directory, token);

    public void Dispose() => _directory?.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string directory, CancellationToken cancellationToken)
    {
        using var address = In(directory);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.Address), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
