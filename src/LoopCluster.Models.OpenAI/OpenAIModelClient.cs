using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using LoopCluster.Engine.Events;
using LoopCluster.Models.OpenAI.Failures;
using LoopCluster.Models.OpenAI.Replies;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Models.OpenAI;

/// <summary>
/// Speaks <c>POST {url}/chat/completions</c>. Bytes go out as they are and replies are read from the wire, since what was sent is hashed
/// and paid for: no library retries, adds or parses behind our back.
/// </summary>
internal sealed partial class OpenAIModelClient : IModelClient, IDisposable
{
    private readonly OpenAIModelsOptions _options;
    private readonly OpenAIInstruments _instruments;
    private readonly ILogger<OpenAIModelClient> _logger;
    private readonly TimeProvider _time;
    private readonly IEndpointConcurrency? _concurrency;
    private readonly HttpMessageInvoker _http;

    // Bounded by the models file and the specs of this machine's own user: over the API nobody names a URL.
    private readonly ConcurrentDictionary<string, Endpoint?> _endpoints = new(StringComparer.Ordinal);

    public OpenAIModelClient(
        IOptions<OpenAIModelsOptions> options,
        OpenAIInstruments instruments,
        ILogger<OpenAIModelClient> logger,
        TimeProvider time,
        IEndpointConcurrency? concurrency = null
    )
    {
        _options = options.Value;
        _instruments = instruments;
        _logger = logger;
        _time = time;
        _concurrency = concurrency;
        // No HttpClient around it: its timeout and buffering would only be switched off again.
        _http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectTimeout = _options.ConnectTimeout,
                MaxConnectionsPerServer = _options.MaxConnectionsPerHost,
                PooledConnectionIdleTimeout = _options.IdleConnectionTimeout,
                PooledConnectionLifetime = TimeSpan.FromMinutes(10), // so that a changed DNS entry is noticed
                UseCookies = false,
                UseProxy = _options.UseProxy,
            }
        );
    }

    public bool Serves(ModelBinding model) => model.Url is not null && model.Script is null;

    public async ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
    {
        var model = call.Model;
        if (EndpointOf(model) is not { } endpoint)
        {
            return Failed(
                ModelFailureKind.Refused,
                $"'{model.Url}' of model '{model.Name}' is no http or https URL. Mend it in the models file.",
                served: false
            );
        }

        if (ApiKey.Read(model, out var keyFault) is not { } key)
        {
            return Failed(ModelFailureKind.Refused, $"{endpoint.Name}: {keyFault}", served: false);
        }

        if (ExtraHeaders.Read(model, out var headerFault) is not { } headers)
        {
            return Failed(ModelFailureKind.Refused, $"{endpoint.Name}: {headerFault}", served: false);
        }

        key = key with { Headers = ExtraHeaders.Secrets(model, headers) };

        _instruments.Waiting(model, 1);
        try
        {
            await endpoint.Limiter.EnterAsync(model.Concurrency, call.Tenant, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Failed(ModelFailureKind.Aborted, $"{endpoint.Name}: cancelled before it was sent.", served: false);
        }
        finally
        {
            _instruments.Waiting(model, -1);
        }

        var started = _time.GetTimestamp();
        try
        {
            var result = await ExchangeAsync(call, endpoint, key, headers, cancellationToken).ConfigureAwait(false);
            _instruments.Record(model, result, _time.GetElapsedTime(started));
            if (result.Failure is { } failure)
            {
                LogFailed(call.Loop.Value, call.Turn, failure.Kind, failure.Served, failure.Message);
            }

            return result;
        }
        finally
        {
            endpoint.Limiter.Exit();
        }
    }

    public void Dispose() => _http.Dispose();

    private static ModelResult Failed(ModelFailureKind kind, string message, bool served) =>
        new(null, new ModelFailure(kind, message, served));

    /// <summary>One request, one reply; every way it can end becomes a result.</summary>
    private async ValueTask<ModelResult> ExchangeAsync(
        ModelCall call,
        Endpoint endpoint,
        ApiKey key,
        IReadOnlyDictionary<string, string> headers,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = Request(call, endpoint, key, headers);
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                using var body = await PooledBody
                    .ReadAsync(
                        await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false),
                        response.Content.Headers.ContentLength,
                        ErrorBody.Limit,
                        cut: true,
                        either.Token
                    )
                    .ConfigureAwait(false);
                return new(
                    null,
                    HttpFailures.FromStatus(call.Model, endpoint, response, ErrorBody.Read(body.Bytes), key, _time.GetUtcNow())
                );
            }

            return new(await ReadAsync(call, response, either.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Failed(ModelFailureKind.Aborted, $"{endpoint.Name}: cancelled while it was under way.", served: true);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return Failed(
                ModelFailureKind.Timeout,
                $"{endpoint.Name}: no whole reply within {_options.Timeout.TotalSeconds:0.###} s.",
                served: true
            );
        }
        catch (OperationCanceledException fault) when (fault.InnerException is TimeoutException)
        {
            return Failed(
                ModelFailureKind.Unreachable,
                $"{endpoint.Name}: no connection within {_options.ConnectTimeout.TotalSeconds:0.###} s.",
                served: false
            );
        }
        catch (HttpRequestException fault)
        {
            return new(null, HttpFailures.FromException(call.Model, endpoint, fault, key));
        }
        catch (ReportedErrorException fault)
        {
            return new(
                null,
                HttpFailures.FromReport(call.Model, endpoint, ErrorBody.Read(System.Text.Encoding.UTF8.GetBytes(fault.Json)), key)
            );
        }
        catch (PageException fault)
        {
            return new(null, HttpFailures.FromPage(endpoint, fault.Page, key));
        }
        catch (Exception fault) when (fault is BrokenReplyException or IOException)
        {
            return new(null, HttpFailures.Broken(endpoint, fault.Message, key));
        }
    }

    private async ValueTask<ModelAnswer> ReadAsync(ModelCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var content = response.Content;
        var bytes = new ReplyBytes(await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        await using var closed = bytes.ConfigureAwait(false);
        // What came decides, not what was asked for or what the headers say: some servers ignore "stream", some mislabel what they send.
        var kind = await bytes.LookAsync(cancellationToken).ConfigureAwait(false);
        if (kind == BodyKind.Events || (kind is BodyKind.Empty && content.Headers.ContentType?.MediaType is "text/event-stream"))
        {
            var streamed = new ReplyBuilder(call.OnText);
            await EventStreamReader.ReadAsync(bytes, streamed, _options.MaxReplyBytes, cancellationToken).ConfigureAwait(false);
            return streamed.Build(SkippedOf(call, response));
        }

        using var body = await PooledBody
            .ReadAsync(bytes, content.Headers.ContentLength, _options.MaxReplyBytes, cut: kind == BodyKind.Page, cancellationToken)
            .ConfigureAwait(false);
        if (kind == BodyKind.Page)
        {
            throw new PageException(System.Text.Encoding.UTF8.GetString(body.Bytes[..Math.Min(body.Bytes.Length, ErrorBody.Limit)]));
        }

        var reply = new ReplyBuilder(null);
        ReplyReader.Read(body.Bytes, reply);
        return reply.HasChoice ? reply.Build(SkippedOf(call, response)) : throw new BrokenReplyException("it holds no choice");
    }

    /// <summary>Only a model server of ours sends it; a number that would overflow the next turn's is none.</summary>
    private static int SkippedOf(ModelCall call, HttpResponseMessage response) =>
        response.Headers.TryGetValues(LoopHeaders.Skipped, out var values)
        && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var skipped)
        && skipped < int.MaxValue - call.Turn
            ? skipped
            : 0;

    private static HttpRequestMessage Request(ModelCall call, Endpoint endpoint, ApiKey key, IReadOnlyDictionary<string, string> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Chat)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(call.Body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TryAddWithoutValidation(LoopHeaders.Session, call.Loop.Value);
        request.Headers.TryAddWithoutValidation(LoopHeaders.Turn, call.Turn.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(LoopHeaders.Role, call.Role);
        if (call.Agent != call.Role)
        {
            request.Headers.TryAddWithoutValidation(LoopHeaders.Agent, call.Agent);
        }

        if (call.Tenant.Length > 0)
        {
            request.Headers.TryAddWithoutValidation(LoopHeaders.Fairness, call.Tenant);
        }

        request.Headers.TryAddWithoutValidation(LoopHeaders.Objective, call.Role);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (key.Value is { } bearer && !headers.ContainsKey("Authorization"))
        {
            request.Headers.Authorization = endpoint.Authorization(bearer);
        }

        return request;
    }

    private Endpoint? EndpointOf(ModelBinding model) =>
        _endpoints.TryGetValue(model.Url ?? "", out var known) ? known : Add(model.Url ?? "");

    private Endpoint? Add(string url)
    {
        lock (_endpoints)
        {
            if (_endpoints.TryGetValue(url, out var known))
            {
                return known;
            }

            var endpoint =
                Uri.TryCreate($"{url.TrimEnd('/')}/chat/completions", UriKind.Absolute, out var chat)
                && (chat.Scheme == Uri.UriSchemeHttp || chat.Scheme == Uri.UriSchemeHttps)
                    ? new Endpoint(chat)
                    : null;
            if (endpoint is not null && _concurrency is not null)
            {
                // Before anybody can find it: nobody is let in without a share.
                endpoint.Limiter.ShareTooSmall = _concurrency.Share(endpoint.Name, endpoint.Limiter);
            }

            return _endpoints[url] = endpoint;
        }
    }
}
