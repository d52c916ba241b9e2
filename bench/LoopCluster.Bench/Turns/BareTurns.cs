using System.Net.Http.Headers;
using System.Text.Json;

namespace LoopCluster.Bench.Turns;

/// <summary>What a loop costs without an engine: the same requests over kept connections, the replies parsed.</summary>
internal sealed class BareTurns(Uri modelUrl, IReadOnlyList<ReadOnlyMemory<byte>> bodies) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
    private readonly Uri _url = new(modelUrl.ToString().TrimEnd('/') + "/chat/completions");

    public Task RunAsync(int sessions, GroupedFile? file) =>
        Task.WhenAll(Enumerable.Range(0, sessions).Select(_ => Task.Run(() => SessionAsync(file))));

    public void Dispose() => _http.Dispose();

    private async Task SessionAsync(GroupedFile? file)
    {
        foreach (var body in bodies)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _http.SendAsync(request).ConfigureAwait(false);
            var reply = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            using (var document = JsonDocument.Parse(reply))
            {
                _ = document.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
            }

            if (file is not null)
            {
                await file.AppendAsync(reply).ConfigureAwait(false);
            }
        }
    }
}
