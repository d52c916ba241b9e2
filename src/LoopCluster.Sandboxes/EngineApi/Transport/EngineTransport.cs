using System.Net.Sockets;
using Docker.DotNet.Handler.Abstractions;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Sandboxes.EngineApi.Transport;

/// <summary>
/// Connections to the engine, over its socket and over TCP alike. The client library's own transports open a connection for every request,
/// follow the environment's proxies, cannot be cancelled while they connect, and check neither host name nor purpose of a server's
/// certificate.
/// </summary>
internal sealed class EngineTransport(TimeSpan connectTimeout) : IDockerHandlerFactory<EngineAddress>
{
    public ResolvedTransport CreateHandler(EngineAddress address, ResolvedClientOptions clientOptions, ILogger logger)
    {
        var connections = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = connectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        };
        if (address.IsSocket)
        {
            connections.ConnectCallback = (_, cancellationToken) => ConnectAsync(address.Endpoint.LocalPath, cancellationToken);
        }

        if (address.Tls is { } tls)
        {
            connections.SslOptions = tls.ToOptions();
        }

        var (scheme, authority) = (address.Tls is null ? "http" : "https", address.IsSocket ? "localhost" : address.Endpoint.Authority);
        return new ResolvedTransport(new RemovalWait(connections), new Uri($"{scheme}://{authority}/"));
    }

    public ResolvedTransport CreateHandler(ResolvedClientOptions clientOptions, ILogger logger) =>
        throw new NotSupportedException("This transport is made for one address.");

    public async Task<WriteClosableStream> HijackStreamAsync(HttpContent content) =>
        new HijackedStream(await content.ReadAsStreamAsync().ConfigureAwait(false));

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
