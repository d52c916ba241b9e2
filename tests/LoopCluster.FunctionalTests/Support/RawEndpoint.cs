using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoopCluster.FunctionalTests.Support;

/// <summary>An HTTP server that says exactly the bytes it is told, right or wrong, one request of a connection after the other.</summary>
public sealed class RawEndpoint : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<string, RawReply> _answer;
    private readonly Task _accepting;

    /// <param name="answer">From the path of a request to what is said.</param>
    public RawEndpoint(Func<string, RawReply> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or InvalidOperationException)
        {
            _listener.Stop();
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        var stream = client.GetStream();
        try
        {
            while (await ReadRequestAsync(stream) is { } path)
            {
                var reply = _answer(path);
                await stream.WriteAsync(reply.Bytes, _stop.Token);
                if (reply.Close)
                {
                    return;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // The client has seen enough.
            client.Close();
        }
    }

    /// <summary>Reads one request to its end; its path, or null when the connection ended.</summary>
    private async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var head = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (head >= 0)
            {
                var lines = Encoding.Latin1.GetString(buffer, 0, head).Split("\r\n");
                var rest = int.Parse(lines.First(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1], CultureInfo.InvariantCulture) + head + 4 - length;
                while (rest > 0 && await stream.ReadAsync(buffer.AsMemory(0, Math.Min(rest, buffer.Length)), _stop.Token) is > 0 and var read)
                {
                    rest -= read;
                }

                return lines[0].Split(' ')[1];
            }

            if (await stream.ReadAsync(buffer.AsMemory(length), _stop.Token) is not (> 0 and var more))
            {
                return null;
            }

            length += more;
        }
    }
}
