using System.Collections.Concurrent;
using System.Text;

namespace LoopCluster.TestKit.Endpoints;

/// <summary>A model server that answers the turns of a maker one after the other.</summary>
public sealed class MakerServer : IAsyncDisposable
{
    private readonly RawServer _server;
    private int _asked;

    /// <param name="turns">What each turn calls, as <see cref="JudgeServer.Call"/>, or says. The last one stands for all that
    /// follow.</param>
    public MakerServer(params string[] turns)
        : this(number => turns[Math.Min(number, turns.Length) - 1]) { }

    /// <param name="turn">From the number of a request, from 1, to what is called or said.</param>
    public MakerServer(Func<int, string> turn) =>
        _server = new RawServer(async exchange =>
        {
            if (exchange.Path == "/metrics")
            {
                await exchange.SayAsync(RawServer.Response(200, Metrics, "Content-Type: text/plain\r\n"));
                return;
            }

            var said = turn(Interlocked.Increment(ref _asked));
            await exchange.SayAsync(RawServer.Response(200, Encoding.UTF8.GetString(JudgeServer.BodyOf(said))));
        });

    /// <summary>What it says of its load.</summary>
    public string Metrics { get; set; } = "vllm:num_requests_waiting{model_name=\"m\"} 0.0\n";

    public Uri Url => _server.Url;

    /// <summary>Whole requests, head and body.</summary>
    public ConcurrentQueue<string> Requests => _server.Requests;

    public int Asked => Volatile.Read(ref _asked);

    public static string Writes(string path, string content) =>
        JudgeServer.Call("write_file", $$"""{"path":"{{path}}","content":"{{content}}\n"}""");

    public static string Done => JudgeServer.Call("done", """{"summary":"ready"}""");

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
