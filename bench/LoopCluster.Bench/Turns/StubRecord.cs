using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Bench.Turns;

/// <summary>Every request the stub got, in the order of arrival.</summary>
internal sealed class StubRecord
{
    private readonly ConcurrentQueue<(string Session, int Turn, long UtcTicks)> _asked = new();
    private int _finished;

    public void Asked(string session, int turn) => _asked.Enqueue((session, turn, DateTime.UtcNow.Ticks));

    public void Finished() => Interlocked.Increment(ref _finished);

    /// <summary>
    /// <c>GET …/finished</c>: how many final answers were given. <c>GET …/record</c>: a line <c>session turn utc-ticks</c> a request,
    /// oldest first, and forgets them.
    /// </summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.EndsWith("/finished", StringComparison.Ordinal))
        {
            await context.Response.WriteAsync(Volatile.Read(ref _finished).ToString(CultureInfo.InvariantCulture));
            return;
        }

        var text = new StringBuilder();
        while (_asked.TryDequeue(out var asked))
        {
            text.Append(CultureInfo.InvariantCulture, $"{asked.Session} {asked.Turn} {asked.UtcTicks}\n");
        }

        await context.Response.WriteAsync(text.ToString());
    }
}
