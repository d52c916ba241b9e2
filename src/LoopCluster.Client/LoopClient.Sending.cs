using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Client;

/// <summary>
/// One request until its answer. What is repeated is safe to repeat: it only reads, or its idempotency key makes it one request to the
/// server.
/// </summary>
public sealed partial class LoopClient
{
    /// <summary>Too long a body is refused before it is sent: otherwise the refusal would look like a broken connection.</summary>
    private const int AskFirst = 1024 * 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    private int _next;

    private ValueTask<byte[]> GetAsync(string path, CancellationToken cancellationToken, string? accept = null) =>
        SendAsync(HttpMethod.Get, path, accept, null, null, null, cancellationToken);

    private async ValueTask<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        Read(await GetAsync(path, cancellationToken).ConfigureAwait(false), type);

    private ValueTask<byte[]> PostAsync<T>(
        string path,
        T body,
        JsonTypeInfo<T> type,
        string? key,
        CancellationToken cancellationToken,
        string? user = null
    ) => SendAsync(HttpMethod.Post, path, null, JsonSerializer.SerializeToUtf8Bytes(body, type), key, user, cancellationToken);

    private static T Read<T>(byte[] json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new InfrastructureException("server-unavailable", $"the server's answer is not one of LoopCluster's: {e.Message}", e);
        }
    }

    private async ValueTask<byte[]> SendAsync(
        HttpMethod method,
        string path,
        string? accept,
        ReadOnlyMemory<byte>? json,
        string? key,
        string? user,
        CancellationToken cancellationToken
    )
    {
        var mayRepeat = method == HttpMethod.Get || key is not null;
        var began = TimeProvider.System.GetTimestamp();
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, _options.LongestPause.Ticks)))
        {
            var server = NextServer();
            LoopClusterException failure;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(_options.TryTimeout);
                using var request = Request(method, new Uri(server, path), accept, json, key, user);
                using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
                var body = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return body;
                }

                failure = ProblemReader.Read((int)response.StatusCode, body);
                mayRepeat &= IsPassing(response.StatusCode, failure.Code);
            }
            catch (Exception e)
                when (e is HttpRequestException or IOException
                    || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                )
            {
                failure = Gone(server, e);
            }

            if (!mayRepeat || TimeProvider.System.GetElapsedTime(began) + pause > _options.Patience)
            {
                throw failure;
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsPassing(HttpStatusCode status, string code) =>
        status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway
        || (
            _options.Insists
            && (
                status >= HttpStatusCode.InternalServerError
                || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
                || code == "ledger-conflict"
            )
        );

    private HttpRequestMessage Request(HttpMethod method, Uri url, string? accept, ReadOnlyMemory<byte>? json, string? key, string? user)
    {
        var request = new HttpRequestMessage(method, url);
        if (_options.Key is { } shown)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", shown);
        }
        else if (user is not null)
        {
            request.Headers.Add(UserHeader, Uri.EscapeDataString(user));
        }

        if (accept is not null)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (json is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            request.Headers.ExpectContinue = body.Length > AskFirst;
        }

        return request;
    }

    private Uri NextServer()
    {
        var servers = _options.Servers();
        var server = servers[(int)((uint)Interlocked.Increment(ref _next) % servers.Count)];
        return server.AbsolutePath.EndsWith('/') ? server : new Uri(server.AbsoluteUri + "/");
    }

    private static InfrastructureException Gone(Uri server, Exception cause) =>
        cause is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }
            ? new(OtherProtocol, $"what answers at {server.AbsoluteUri.TrimEnd('/')} is not HTTP: {cause.Message}", cause)
            : new(
                "server-unavailable",
                $"{server.AbsoluteUri.TrimEnd('/')} does not answer: {(cause is OperationCanceledException ? "it took too long" : cause.Message)}",
                cause
            );
}
