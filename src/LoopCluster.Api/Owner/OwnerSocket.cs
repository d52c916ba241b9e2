using System.Net;
using System.Net.Sockets;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api.Owner;

/// <summary>
/// How other processes of the same user reach the holder of a data directory: the HTTP API on a Unix socket in it (0600), without keys.
/// Only the holder of the directory's lock may listen, so a socket file that is there already is a dead process's.
/// </summary>
internal sealed class OwnerSocket(string directory)
    : IConfigureOptions<KestrelServerOptions>,
        IConfigureOptions<SocketTransportOptions>,
        IDisposable
{
    // As long as the server lives: the address may go through a handle.
    private DirectorySocket? _socket;

    public void Configure(KestrelServerOptions options)
    {
        _socket ??= DirectorySocket.In(directory);
        options.ListenUnixSocket(_socket.Address, listen => listen.Use(next =>
                connection =>
                {
                    connection.Features.Set(OwnerConnection.Mark);
                    return next(connection);
                }
            ));
    }

    public void Configure(SocketTransportOptions options) =>
        options.CreateBoundListenSocket = endpoint =>
            endpoint is UnixDomainSocketEndPoint ? Bind(endpoint) : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);

    public void Dispose() => _socket?.Dispose();

    private Socket Bind(EndPoint endpoint)
    {
        var file = Path.Combine(directory, DirectorySocket.FileName);
        try
        {
            File.Delete(file);
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new InfrastructureException(
                "host-socket-unavailable",
                $"cannot listen on {file}: {e.Message}. Put the data directory on a local file system.",
                e
            );
        }
    }
}
