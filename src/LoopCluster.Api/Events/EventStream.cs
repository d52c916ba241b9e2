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
/// Ledger entries as server-sent events. The reader sets the pace: the next entry is read when the last is on its way, so a slow one costs the
/// server's socket buffers and holds nobody else up.
/// </summary>
internal sealed partial class EventStream(ILoopHost host, IOptions<ApiOptions> options, ApiDrain drain, TimeProvider time, ILogger<EventStream> logger)
{
    /// <summary>Bytes gathered before they are sent, while more entries are at hand.</summary>
    private const int Gathered = 16 * 1024;

    public async Task WriteAsync(HttpContext context, LoopId loop, long from)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Token);
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        // Asks proxies of the nginx family not to gather.
        response.Headers["X-Accel-Buffering"] = "no";
        var body = response.BodyWriter;
        body.Write("retry: 1000\n\n"u8);
        try
        {
            await FlushAsync(body, stop);
            await CopyAsync(body, loop, from, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogEnded(logger, loop.Value, drain.HasBegun ? "the server is draining" : "the client hung up");
        }
        catch (LoopClusterException error)
        {
            // Ends like any other stream of a loop that goes on: the client comes again and goes on from its last event.
            LogBroken(logger, error, loop.Value);
        }
    }

    private async Task CopyAsync(PipeWriter body, LoopId loop, long from, CancellationTokenSource stop)
    {
        var lines = host.WatchAsync(loop, from, stop.Token).GetAsyncEnumerator(stop.Token);
        var moving = Task.FromResult(false);
        try
        {
            while (true)
            {
                moving = lines.MoveNextAsync().AsTask();
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
            await lines.DisposeAsync();
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
