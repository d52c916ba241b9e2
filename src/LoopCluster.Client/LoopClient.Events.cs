using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Client;

public sealed partial class LoopClient
{
    private const int PageEntries = 1000;

    /// <summary>With the pauses between them about a minute: a server that is started anew is waited for.</summary>
    private const int MostReconnects = 20;

    private static readonly TimeSpan LongestReconnectPause = TimeSpan.FromSeconds(3);

    /// <summary>Entries of a loop's ledger from <paramref name="from"/> on, each checked against its hash.</summary>
    /// <param name="follow">Also those to come, until the loop has ended; a broken connection is made again, and goes on after the last
    /// entry that was seen.</param>
    /// <exception cref="LedgerCorruptException">The server sent something else.</exception>
    public IAsyncEnumerable<LedgerLine> EventsAsync(LoopId loop, long from, bool follow, CancellationToken cancellationToken) =>
        follow ? FollowAsync(loop, from, cancellationToken) : PagesAsync(loop, from, cancellationToken);

    private async IAsyncEnumerable<LedgerLine> PagesAsync(
        LoopId loop,
        long from,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var next = from; ; )
        {
            var page = await GetAsync(PathOf(loop, next) + $"&limit={PageEntries}", cancellationToken, "application/x-ndjson")
                .ConfigureAwait(false);
            var start = 0;
            var count = 0;
            for (int end; (end = page.AsSpan(start).IndexOf((byte)'\n')) >= 0; start += end + 1)
            {
                var line = Read(loop, next, page.AsMemory(start, end));
                (next, count) = (line.Seq + 1, count + 1);
                yield return line;
            }

            if (count < PageEntries)
            {
                yield break;
            }
        }
    }

    private async IAsyncEnumerable<LedgerLine> FollowAsync(
        LoopId loop,
        long from,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var next = from;
        var pause = FirstPause;
        for (var failures = 0; ; )
        {
            var server = NextServer();
            using var response = await OpenAsync(server, loop, next, cancellationToken).ConfigureAwait(false);
            if (response?.StatusCode == HttpStatusCode.NoContent)
            {
                yield break;
            }

            if (response is not null)
            {
                await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                var items = SseParser.Create(body).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
                await using (items.ConfigureAwait(false))
                {
                    while (await MoveAsync(items).ConfigureAwait(false))
                    {
                        var line = Read(loop, next, Encoding.UTF8.GetBytes(items.Current.Data));
                        (next, failures, pause) = (line.Seq + 1, 0, FirstPause);
                        yield return line;
                        if (line.IsTerminal)
                        {
                            yield break;
                        }
                    }
                }
            }

            if (++failures > MostReconnects)
            {
                throw new InfrastructureException(
                    "server-unavailable",
                    $"{server.AbsoluteUri.TrimEnd('/')} does not answer, or ends every event stream of loop {loop} at once; the loop goes on without being watched"
                );
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestReconnectPause.Ticks));
        }
    }

    /// <summary>Null when the server is not there now.</summary>
    private async Task<HttpResponseMessage?> OpenAsync(Uri server, LoopId loop, long from, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, new Uri(server, PathOf(loop, from)), "text/event-stream", null, null, null);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException)
        {
            return null;
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var failure = ProblemReader.Read(
                (int)response.StatusCode,
                await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)
            );
            return IsPassing(response.StatusCode, failure.Code) ? null : throw failure;
        }
    }

    /// <summary>False at the end of the stream, however it came.</summary>
    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<SseItem<string>> items)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }

    private static string PathOf(LoopId loop, long from) =>
        string.Create(CultureInfo.InvariantCulture, $"v1/loops/{loop}/events?from={from}");

    /// <summary>A line as the ledger sealed it: another loop's, another entry or one whose hash is not its own is not taken.</summary>
    private static LedgerLine Read(LoopId loop, long seq, ReadOnlyMemory<byte> utf8)
    {
        if (
            !LedgerLineReader.TryRead(utf8.Span, out var address)
            || address.Seq != seq
            || !System.Text.Ascii.Equals(address.Loop, loop.Value)
            || !LedgerLineReader.HashMatches(utf8.Span, address.Prev, address.Hash)
        )
        {
            throw new LedgerCorruptException($"the server sent something that is not entry {seq} of loop {loop}", null, seq);
        }

        return new LedgerLine(loop, address.Seq, address.Epoch, address.Prev, address.Hash, utf8);
    }
}
