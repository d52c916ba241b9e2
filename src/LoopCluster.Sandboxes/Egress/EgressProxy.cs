using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Network;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Sandboxes.Egress;

/// <summary>
/// The only way out of one sandbox: an HTTP proxy (CONNECT and plain) on a Unix socket that the waiter's relay connects to. It connects to
/// what is on the list and refuses everything else with 403. The container itself has no network.
/// </summary>
internal sealed partial class EgressProxy : IDisposable
{
    private const int LongestHead = 16 * 1024;
    private const int MostConnections = 128;
    private static readonly TimeSpan HeadWithin = TimeSpan.FromSeconds(15);

    private readonly DirectoryInfo _root;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _free = new(MostConnections);
    private readonly EgressRules _rules;
    private readonly EgressDialer _dialer;
    private readonly LoopId _loop;
    private readonly ILogger _logger;

    private EgressProxy(DirectoryInfo root, EgressRules rules, EgressDialer dialer, LoopId loop, ILogger logger) =>
        (_root, _rules, _dialer, _loop, _logger) = (root, rules, dialer, loop, logger);

    /// <summary>Mounted into the container; holds the socket <c>s</c> and nothing else.</summary>
    public string Directory => Path.Combine(_root.FullName, "d");

    /// <param name="root">A new directory that only this process's user can enter, its path short enough for a socket's address.</param>
    public static EgressProxy Start(DirectoryInfo root, EgressRules rules, EgressDialer dialer, LoopId loop, ILogger logger)
    {
        var proxy = new EgressProxy(root, rules, dialer, loop, logger);
        try
        {
            // The mounted directory and the socket are open to the sandbox's user; the directory above keeps everybody else on the host
            // out.
            System.IO.Directory.CreateDirectory(proxy.Directory);
            File.SetUnixFileMode(proxy.Directory, (UnixFileMode)Convert.ToInt32("755", 8));
            var path = Path.Combine(proxy.Directory, "s");
            proxy._listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("666", 8));
            proxy._listener.Listen(MostConnections);
            _ = proxy.AcceptAsync();
            return proxy;
        }
        catch
        {
            proxy.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        if (_root.Exists)
        {
            _root.Delete(recursive: true);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _free.WaitAsync(_stop.Token).ConfigureAwait(false);
                var client = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            if (!_stop.IsCancellationRequested)
            {
                LogStopped(_logger, _loop, e);
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            try
            {
                await ServeOneAsync(client).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or IOException)
            {
                LogBroken(_logger, _loop, e.Message);
            }
            finally
            {
                _free.Release();
            }
        }
    }

    private async Task ServeOneAsync(Socket client)
    {
        // 1. The request's head, bounded in size and time.
        var buffer = new byte[LongestHead];
        var (headLength, length) = await ReadHeadAsync(client, buffer).ConfigureAwait(false);
        if (headLength == 0 || ProxyRequest.Parse(buffer.AsSpan(0, headLength)) is not { } request)
        {
            await AnswerAsync(client, "400 Bad Request", "this proxy takes CONNECT host:port and http:// requests").ConfigureAwait(false);
            return;
        }

        // 2. The list decides before anything is looked up.
        var destination = request.Destination;
        if (!_rules.Lists(destination))
        {
            await RefuseAsync(client, destination, "is not on this sandbox's egress list").ConfigureAwait(false);
            return;
        }

        // 3. The connection, to an address that was judged and to no other.
        var dialed = await _dialer.DialAsync(_rules, destination, _stop.Token).ConfigureAwait(false);
        if (dialed.Connection is not { } server)
        {
            await (
                dialed.IsRefused
                    ? RefuseAsync(client, destination, $"is refused: {dialed.Reason}")
                    : AnswerAsync(client, "502 Bad Gateway", $"{destination} cannot be reached: {dialed.Reason}")
            ).ConfigureAwait(false);
            return;
        }

        using var connection = server;
        LogConnected(_logger, _loop, destination.Host, destination.Port);

        // 4. Its bytes, both ways, until both sides have ended.
        if (request.Head is { } head)
        {
            await SendAsync(server, head).ConfigureAwait(false);
        }
        else
        {
            await SendAsync(client, "HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray()).ConfigureAwait(false);
        }

        await SendAsync(server, buffer.AsMemory(headLength, length - headLength)).ConfigureAwait(false);
        await Task.WhenAll(CopyAsync(client, server), CopyAsync(server, client)).ConfigureAwait(false);
    }

    /// <returns>Length of the head with its empty line (0 when there is none within the bounds), and of all that was read.</returns>
    private async Task<(int Head, int Length)> ReadHeadAsync(Socket client, byte[] buffer)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(HeadWithin);
        for (var length = 0; length < buffer.Length; )
        {
            var count = await client.ReceiveAsync(buffer.AsMemory(length), limit.Token).ConfigureAwait(false);
            if (count == 0)
            {
                return (0, length);
            }

            length += count;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return (end + 4, length);
            }
        }

        return (0, buffer.Length);
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer.AsMemory(), _stop.Token).ConfigureAwait(false)) > 0)
            {
                await SendAsync(to, buffer.AsMemory(0, count)).ConfigureAwait(false);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One direction broke: the other has nobody to talk to either.
            from.Dispose();
            to.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Task RefuseAsync(Socket client, HostPort destination, string why)
    {
        LogRefused(_logger, _loop, destination.Host, destination.Port);
        return AnswerAsync(client, "403 Forbidden", $"{destination} {why}");
    }

    private Task AnswerAsync(Socket client, string status, string words) =>
        SendAsync(
                client,
                Encoding.UTF8.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {Encoding.UTF8.GetByteCount(words) + 1}\r\nConnection: close\r\n\r\n{words}\n"
                    )
                )
            )
            .AsTask();

    private async ValueTask SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, _stop.Token).ConfigureAwait(false)..];
        }
    }
}
