using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace LoopCluster.Bench.Turns;

/// <summary>What a loop costs without an engine: the same requests over kept connections, the replies parsed.</summary>
internal sealed class BareTurns(Uri modelUrl, IReadOnlyList<ReadOnlyMemory<byte>> bodies) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
    private readonly Uri _url = new(modelUrl.ToString().TrimEnd('/') + "/chat/completions");

    /// <param name="keep">Makes a reply of a session durable; null keeps none.</param>
    public Task RunAsync(int sessions, Func<int, byte[], Task>? keep) =>
        Task.WhenAll(Enumerable.Range(0, sessions).Select(i => Task.Run(() => SessionAsync(i, keep))));

    public void Dispose() => _http.Dispose();

    private async Task SessionAsync(int session, Func<int, byte[], Task>? keep)
    {
        var name = $"bare-{session}";
        for (var turn = 0; turn < bodies.Count; turn++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ReadOnlyMemoryContent(bodies[turn]) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TryAddWithoutValidation("x-session-id", name);
            request.Headers.TryAddWithoutValidation("x-loop-turn", turn.ToString(CultureInfo.InvariantCulture));
            using var response = await _http.SendAsync(request).ConfigureAwait(false);
            var reply = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            using (var document = JsonDocument.Parse(reply))
            {
                _ = document.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
            }

            if (keep is not null)
            {
                await keep(session, reply).ConfigureAwait(false);
            }
        }
    }
}
