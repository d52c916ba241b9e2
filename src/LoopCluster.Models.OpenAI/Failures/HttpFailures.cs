using System.Net.Http.Headers;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>
/// What a failed call means: whether it may have been served, and whether trying again can help. In doubt it was served, so that the
/// ledger's bill is never below the server's.
/// </summary>
internal static class HttpFailures
{
    /// <summary>An answer with another status than 2xx.</summary>
    public static ModelFailure FromStatus(
        ModelBinding model,
        Endpoint endpoint,
        HttpResponseMessage response,
        ErrorBody error,
        ApiKey key,
        DateTimeOffset now
    )
    {
        var status = (int)response.StatusCode;
        var retryAfter = RetryDelay.Read(response.Headers, now);
        if (status is >= 300 and < 400)
        {
            var target = response.Headers.Location is { IsAbsoluteUri: true } location
                ? $" to {location.GetLeftPart(UriPartial.Authority)}"
                : "";
            return Failure(
                ModelFailureKind.Refused,
                $"HTTP {status}, a redirect{target}",
                null,
                served: false,
                "Redirects are not followed, the key would travel along: name the final URL."
            );
        }

        // First: what the model wrote stands in such a message, and may use any words.
        if (Wording.IsBadGeneration(status, error))
        {
            return Failure(
                ModelFailureKind.BrokenReply,
                $"HTTP {status}, what the model wrote cannot be used",
                error.Message,
                served: true,
                null
            );
        }

        if (ContextLength.Is(status, error))
        {
            return Failure(
                ModelFailureKind.ContextLength,
                $"HTTP {status}, the prompt is too long",
                error.Message,
                served: false,
                $"The binding says {model.Window} tokens: set window to what the endpoint really has."
            );
        }

        if (
            Wording.IsNotReady(status, error)
            && !(status >= 500 && ForbidsRetry(response.Headers))
            && !error.Code.Contains("insufficient_quota", StringComparison.OrdinalIgnoreCase)
        )
        {
            return Failure(
                status == 429 ? ModelFailureKind.RateLimited : ModelFailureKind.Overloaded,
                $"HTTP {status}",
                error.Message,
                served: false,
                null
            );
        }

        if (Rejection.Of(status, error) is { } rejected)
        {
            return Failure(ModelFailureKind.Refused, $"HTTP {status}", error.Message, served: false, DialectAdvice(rejected)) with
            {
                Rejected = rejected,
            };
        }

        return status switch
        {
            429 when error.Code.Contains("insufficient_quota", StringComparison.OrdinalIgnoreCase) => Failure(
                ModelFailureKind.Refused,
                "HTTP 429, the quota is used up",
                error.Message,
                served: false,
                "Waiting does not help: raise the quota or use another key."
            ),
            429 => Failure(ModelFailureKind.RateLimited, "HTTP 429", error.Message, served: false, null),
            408 or 499 => Failure(ModelFailureKind.Timeout, $"HTTP {status}", error.Message, served: true, null),
            >= 500 when ForbidsRetry(response.Headers) => Failure(
                ModelFailureKind.Refused,
                $"HTTP {status}",
                error.Message,
                served: true,
                null
            ),
            >= 500 => Failure(ModelFailureKind.ServerError, $"HTTP {status}", error.Message, served: true, null),
            401 or 403 => Failure(ModelFailureKind.Refused, $"HTTP {status}", error.Message, served: false, KeyAdvice(model)),
            404 => Failure(
                ModelFailureKind.Refused,
                "HTTP 404",
                error.Message,
                served: false,
                $"Is the URL right, and does the endpoint serve the model '{model.Model}'?"
            ),
            _ => Failure(ModelFailureKind.Refused, $"HTTP {status}", error.Message, served: false, null),
        };

        ModelFailure Failure(ModelFailureKind kind, string what, string? said, bool served, string? advice) =>
            new(kind, FailureMessage.Write(endpoint.Name, what, said, key, advice), served, retryAfter);
    }

    /// <summary>An error inside a stream or beside status 200: the work may be done.</summary>
    public static ModelFailure FromReport(ModelBinding model, Endpoint endpoint, ErrorBody error, ApiKey key)
    {
        if (ContextLength.Is(200, error))
        {
            return new(
                ModelFailureKind.ContextLength,
                FailureMessage.Write(
                    endpoint.Name,
                    "the prompt is too long",
                    error.Message,
                    key,
                    $"The binding says {model.Window} tokens: set window to what the endpoint really has."
                ),
                Served: false
            );
        }

        return Wording.IsBadGeneration(200, error)
            ? new(
                ModelFailureKind.BrokenReply,
                FailureMessage.Write(endpoint.Name, "what the model wrote cannot be used", error.Message, key, null),
                Served: true
            )
            : new(
                ModelFailureKind.ServerError,
                FailureMessage.Write(endpoint.Name, "it reported an error instead of a reply", error.Message, key, null),
                Served: true
            );
    }

    /// <summary>A proxy's page with a status that claims success: the model never saw the request.</summary>
    public static ModelFailure FromPage(Endpoint endpoint, string page, ApiKey key) =>
        new(
            ModelFailureKind.Overloaded,
            FailureMessage.Write(endpoint.Name, "a page came instead of a reply, perhaps of a proxy before it", page, key, null),
            Served: false
        );

    public static ModelFailure FromException(ModelBinding model, Endpoint endpoint, HttpRequestException fault, ApiKey key)
    {
        var reason =
            fault.InnerException?.Message is { } inner && !fault.Message.Contains(inner, StringComparison.Ordinal)
                ? $"{fault.Message} {inner}"
                : fault.Message;
        return fault.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError
            or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError => new(
                ModelFailureKind.Unreachable,
                FailureMessage.Write(
                    endpoint.Name,
                    "no connection",
                    reason,
                    key,
                    $"Is the server of '{model.Name}' running, and is the URL right?"
                ),
                Served: false
            ),
            _ => Broken(endpoint, reason, key),
        };
    }

    public static ModelFailure Broken(Endpoint endpoint, string reason, ApiKey key) =>
        new(ModelFailureKind.BrokenReply, FailureMessage.Write(endpoint.Name, "the reply cannot be used", reason, key, null), Served: true);

    /// <summary>Endpoints say so of errors that repeat (the official clients obey it).</summary>
    private static bool ForbidsRetry(HttpResponseHeaders headers) =>
        headers.TryGetValues("x-should-retry", out var values) && values.Contains("false", StringComparer.OrdinalIgnoreCase);

    private static string DialectAdvice(RejectedParameter rejected) =>
        rejected switch
        {
            { Name: "extras" } => "It does not take back what its replies carry: say extras: false for this model.",
            { Name: "system" or "developer" } => "It has no such role: say systemRole for this model.",
            { Name: "stream_options" } => "Say streamUsage: false for this model.",
            { Wanted: { } wanted } => $"Say maxTokensField: {wanted} for this model.",
            _ => $"It does not take {rejected.Name} as it was sent: mend it among the keys of this model.",
        };

    private static string KeyAdvice(ModelBinding model) =>
        model.KeyEnv is null
            ? "It wants a key: name the environment variable that holds it as keyEnv."
            : $"Check the key in the environment variable {model.KeyEnv}.";
}
