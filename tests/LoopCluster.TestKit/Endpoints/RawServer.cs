using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoopCluster.TestKit.Endpoints;

/// <summary>A server that says exactly the bytes it is told, right or wrong, and keeps what it was sent.</summary>
public sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<Exchange, Task> _answer;
    private readonly Task _accepting;

    public RawServer(Func<Exchange, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Without a path.</summary>
    public string Root => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The base of a model endpoint.</summary>
    public Uri Url => new(Root + "/v1");

    /// <summary>Whole requests, head and body, in the order they were read.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public int Connections { get; private set; }

    /// <param name="answer">From the path of a request to what is said.</param>
    public static RawServer Replying(Func<string, RawReply> answer) => new(exchange => exchange.SayAsync(answer(exchange.Path)));

    public static RawServer Saying(string response) => new(exchange => exchange.SayAsync(response));

    /// <summary>A reply with status, headers and body; the connection stays open.</summary>
    public static RawServer Answering(int status, string body, string headers = "") => Saying(Response(status, body, headers));

    public static string Response(int status, string body, string headers = "Content-Type: application/json\r\n") =>
        $"HTTP/1.1 {status} X\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

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
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                _connections.Add(ServeAsync(client));
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
            while (await ReadRequestAsync(stream) is { } request)
            {
                Requests.Enqueue(request);
                var exchange = new Exchange(stream, request, Requests.Count, _stop.Token);
                await _answer(exchange);
                if (exchange.IsClosed)
                {
                    return;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // The client hung up, or the test is over.
            client.Close();
        }
    }

    private async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        var buffer = new byte[64 * 1024];
        int length = 0,
            whole = -1;
        while (whole < 0 || length < whole)
        {
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
            if (read == 0)
            {
                return null;
            }

            length += read;
            if (whole < 0 && buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) is var head and >= 0)
            {
                var line = Encoding
                    .Latin1.GetString(buffer, 0, head)
                    .Split("\r\n")
                    .FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase), "Content-Length:0");
                whole = head + 4 + int.Parse(line["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    public sealed class Exchange(NetworkStream stream, string request, int number, CancellationToken stopped)
    {
        public string Request { get; } = request;

        public string Path => Request.Split(' ', 3)[1];

        /// <summary>1 for the server's first request.</summary>
        public int Number { get; } = number;

        public bool IsClosed { get; private set; }

        public CancellationToken Stopped { get; } = stopped;

        public async Task SayAsync(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), Stopped);

        public async Task SayAsync(RawReply reply)
        {
            await stream.WriteAsync(reply.Bytes, Stopped);
            IsClosed = reply.Close;
        }

        public async Task SayAndCloseAsync(string text)
        {
            await SayAsync(text);
            IsClosed = true;
        }

        /// <summary>One byte a packet, as far as the network goes along.</summary>
        public async Task DripAsync(string text)
        {
            foreach (var piece in Encoding.UTF8.GetBytes(text))
            {
                await stream.WriteAsync(new[] { piece }, Stopped);
                await Task.Yield();
            }
        }

        public Task NeverAsync() => Task.Delay(Timeout.Infinite, Stopped);
    }
}
