using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Bench.Cluster.Hosting.Clients;

/// <summary>
/// A caller of the API who does not give up: what one silo does not answer is asked of the next, with the same idempotency key. What it returns was acknowledged.
/// </summary>
internal sealed class LoopClient(Func<IReadOnlyList<Uri>> servers, string key) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1), PooledConnectionLifetime = TimeSpan.FromSeconds(10) })
    {
        Timeout = TimeSpan.FromSeconds(10),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    private int _next;

    /// <returns>The id of the loop.</returns>
    public async Task<string> StartAsync(JsonObject spec, string idempotencyKey, CancellationToken cancellationToken)
    {
        var text = spec.ToJsonString();
        var answer = await SendAsync(
            HttpMethod.Post, "/v1/loops", () => new StringContent(text, new MediaTypeHeaderValue("application/json")), idempotencyKey, cancellationToken).ConfigureAwait(false);
        return answer.GetProperty("id").GetString()!;
    }

    public Task<JsonElement> ShowAsync(string loop, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, $"/v1/loops/{loop}", null, null, cancellationToken);

    public Task MessageAsync(string loop, string text, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"/v1/loops/{loop}/message", () => JsonContent.Create(new { text }), idempotencyKey, cancellationToken);

    public Task CancelAsync(string loop, string reason, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"/v1/loops/{loop}/cancel", () => JsonContent.Create(new { reason }), idempotencyKey, cancellationToken);

    public Task ApproveAsync(string loop, long asked, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"/v1/loops/{loop}/approve", () => JsonContent.Create(new { seq = asked, granted = true }), idempotencyKey, cancellationToken);

    /// <returns>The id of the fork.</returns>
    public async Task<string> ForkAsync(string loop, long at, string idempotencyKey, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Post, $"/v1/loops/{loop}/fork", () => JsonContent.Create(new { at }), idempotencyKey, cancellationToken).ConfigureAwait(false)).GetProperty("id").GetString()!;

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, Func<HttpContent>? content, string? idempotencyKey, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var last = "nobody was asked";
        while (true)
        {
            var all = servers();
            var server = all[(int)((uint)Interlocked.Increment(ref _next) % all.Count)];
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(server, path)) { Content = content?.Invoke() };
                if (idempotencyKey is not null)
                {
                    request.Headers.Add("Idempotency-Key", idempotencyKey);
                }

                using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
                var body = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body);
                }

                var problem = System.Text.Encoding.UTF8.GetString(body);
                last = string.Create(CultureInfo.InvariantCulture, $"{server} answered {(int)response.StatusCode}: {problem}");
                if (!MayBeAskedAgain(response.StatusCode, problem))
                {
                    throw new BadInputException("refused", path, last);
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !limit.IsCancellationRequested)
            {
                last = $"{server}: {e.Message}";
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new InfrastructureException("cluster-unavailable", $"{method} {path} was not answered in {Patience.TotalMinutes:0} minutes; the last answer: {last}");
            }

            try
            {
                await Task.Delay(Pause, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new InfrastructureException("cluster-unavailable", $"{method} {path} was not answered in {Patience.TotalMinutes:0} minutes; the last answer: {last}");
            }
        }
    }

    /// <summary>A conflict of two drivers passes; any other, such as a loop that has ended, stays one.</summary>
    private static bool MayBeAskedAgain(HttpStatusCode status, string body) =>
        (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        || (status == HttpStatusCode.Conflict && body.Contains("ledger-conflict", StringComparison.Ordinal));
}
