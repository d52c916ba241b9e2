using LoopCluster.Engine.Errors;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Problems;

/// <summary>The one place where an exception or an empty error status becomes a problem.</summary>
internal static class ProblemMapping
{
    /// <param name="tellsAll">The caller may know what the operator's log says: paths and addresses.</param>
    public static Problem Of(Exception error, bool tellsAll = false) =>
        error switch
        {
            not (BadInputException or BadHttpRequestException) when tellsAll => Of(error) with { Detail = error.Message },
            BadInputException bad => OfInput(bad),
            // What is broken is named by its code; the message may hold paths and addresses, and goes to the log.
            InfrastructureException broken => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                broken.Code,
                "Something this server needs does not work now. Try again later; the operator's log says more."
            )
            {
                RetryAfter = 5,
            },
            LedgerCorruptException corrupt => new Problem(
                StatusCodes.Status500InternalServerError,
                corrupt.Code,
                "The loop's ledger is damaged, so the loop is refused. The operator's log says where."
            ),
            LedgerConflictException conflict => new Problem(
                StatusCodes.Status409Conflict,
                conflict.Code,
                "Somebody else changed the loop at the same time. Look at it and decide again."
            ),
            LoopClusterException known
                when ErrorCodes.Find(known.Code) is { Kind: not (ErrorKind.Input or ErrorKind.Damaged or ErrorKind.Fault) and var kind } =>
                new Problem(StatusOf(kind), known.Code, known.Message)
                {
                    RetryAfter = kind is ErrorKind.Unavailable or ErrorKind.TooMany ? 1 : null,
                },
            BadHttpRequestException http => OfStatus(http.StatusCode),
            _ => OfStatus(StatusCodes.Status500InternalServerError),
        };

    /// <summary>A status that routing or the server chose without saying more.</summary>
    public static Problem OfStatus(int status) =>
        status switch
        {
            StatusCodes.Status404NotFound => new Problem(
                status,
                "unknown-route",
                "There is nothing at this address. /openapi/v1.json lists what there is."
            ),
            StatusCodes.Status405MethodNotAllowed => new Problem(
                status,
                "method-not-allowed",
                "This address does not take this method; see the Allow header."
            ),
            StatusCodes.Status408RequestTimeout => new Problem(status, "request-timeout", "The request did not arrive in time."),
            StatusCodes.Status413PayloadTooLarge => new Problem(
                status,
                "request-too-large",
                "The request is longer than this server takes. Put large content into a git repository and name that."
            ),
            >= 500 => new Problem(status, "internal-error", "This is a fault of ours. Its traceId finds it in the operator's log."),
            _ => new Problem(status, "request-invalid", "The request is not well-formed."),
        };

    private static Problem OfInput(BadInputException bad)
    {
        var status = StatusOf(ErrorCodes.Find(bad.Code)?.Kind ?? ErrorKind.Input);
        return new Problem(status, bad.Code, bad.Faults is [var only] ? only.Message : bad.Message) { Faults = bad.Faults };
    }

    private static int StatusOf(ErrorKind kind) =>
        kind switch
        {
            ErrorKind.Unauthorized => StatusCodes.Status401Unauthorized,
            ErrorKind.NotFound => StatusCodes.Status404NotFound,
            ErrorKind.Conflict => StatusCodes.Status409Conflict,
            ErrorKind.Unsupported => StatusCodes.Status415UnsupportedMediaType,
            ErrorKind.Reused => StatusCodes.Status422UnprocessableEntity,
            ErrorKind.TooMany => StatusCodes.Status429TooManyRequests,
            ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
}
