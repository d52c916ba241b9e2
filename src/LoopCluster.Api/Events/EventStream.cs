using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LoopCluster.Api.Hosting;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api.Events;

/// <summary>
/// Ledger entries as server-sent events. The reader sets the pace: the next entry is read when the last is on its way, so a slow one costs
/// the server's socket buffers and holds nobody else up.
/// </summary>
internal sealed partial class EventStream(
    ILoopHost host,
    IOptions<ApiOptions> options,
    ApiDrain drain,
    TimeProvider time,
    ILogger<EventStream> logger
)
{
    /// <summary>Bytes gathered before they are sent, while more entries are at hand.</summary>
    private const int Gathered = 16 * 1024;

    /// <exception cref="LoopClusterException">The first entry cannot be read: nothing is answered yet, so that this can be the
    /// answer.</exception>
    public async Task WriteAsync(HttpContext context, LoopShown loop, long from)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Token);
        var lines = host.WatchAsync(loop.Id, from, stop.Token).GetAsyncEnumerator(stop.Token);
        var first = lines.MoveNextAsync().AsTask();
        try
        {
            if (from <= loop.Seq)
            {
                await first;
            }

            await AnswerAsync(context, lines, first, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogEnded(logger, loop.Id.Value, drain.HasBegun ? "the server is draining" : "the client hung up");
        }
        catch (LoopClusterException error) when (context.Response.HasStarted)
        {
            // Ends like any other stream of a loop that goes on: the client comes again and goes on from its last event.
            LogBroken(logger, error, loop.Id.Value);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(first);
            await lines.DisposeAsync();
        }
    }

    private async Task AnswerAsync(HttpContext context, IAsyncEnumerator<LedgerLine> lines, Task<bool> first, CancellationTokenSource stop)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        // Asks proxies of the nginx family not to gather.
        response.Headers["X-Accel-Buffering"] = "no";
        var body = response.BodyWriter;
        body.Write("retry: 1000\n\n"u8);
        await FlushAsync(body, stop);
        await CopyAsync(body, lines, first, stop);
    }

    private async Task CopyAsync(PipeWriter body, IAsyncEnumerator<LedgerLine> lines, Task<bool> first, CancellationTokenSource stop)
    {
        var moving = first;
        try
        {
            for (; ; moving = lines.MoveNextAsync().AsTask())
            {
                if (!moving.IsCompleted)
                {
                    await FlushAsync(body, stop);
                    await BeatUntilAsync(body, moving, stop);
                }

                if (!await moving)
                {
                    await FlushAsync(body, stop);
                    return;
                }

                Write(body, lines.Current);
                if (body.UnflushedBytes >= Gathered)
                {
                    await FlushAsync(body, stop);
                }
            }
        }
        finally
        {
            // An enumerator that still looks for its next line may not be disposed.
            await stop.CancelAsync();
            await Task.WhenAny(moving);
        }
    }

    private async Task BeatUntilAsync(PipeWriter body, Task moving, CancellationTokenSource stop)
    {
        while (true)
        {
            try
            {
                await moving.WaitAsync(options.Value.Heartbeat, time, stop.Token);
                return;
            }
            catch (TimeoutException) when (!moving.IsCompleted)
            {
                body.Write(": \n\n"u8);
                await FlushAsync(body, stop);
            }
        }
    }

    private static async ValueTask FlushAsync(PipeWriter body, CancellationTokenSource stop)
    {
        if ((await body.FlushAsync(stop.Token)).IsCompleted)
        {
            await stop.CancelAsync();
            stop.Token.ThrowIfCancellationRequested();
        }
    }

    private static void Write(PipeWriter body, in LedgerLine line)
    {
        LedgerLineReader.TryRead(line.Utf8.Span, out var address);
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {line.Seq}\nevent: "), body);
        body.Write(address.Type);
        body.Write("\ndata: "u8);
        body.Write(line.Utf8.Span);
        body.Write("\n\n"u8);
    }
}
