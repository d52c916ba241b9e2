using System.Globalization;
using LoopCluster.Api.Loops;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace LoopCluster.Api.Problems;

/// <summary>A problem as RFC 9457 writes it, with a stable <c>code</c> and, for bad input, every fault with its path.</summary>
internal sealed record Problem(int Status, string Code, string Detail)
{
    public IReadOnlyList<InputFault> Faults { get; init; } = [];

    /// <summary>Seconds after which it may be worth trying again.</summary>
    public int? RetryAfter { get; init; }

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/problem+json";
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var answer = new ProblemAnswer(
            $"urn:loopcluster:problem:{Code}",
            ReasonPhrases.GetReasonPhrase(Status),
            Status,
            Detail,
            Code,
            Faults is [{ Path.Length: > 0 } first, ..] ? first.Path : null,
            Faults.Count > 0 ? Faults : null,
            context.TraceIdentifier
        );
        var body = JsonAnswer.Serialize(answer, WireJson.Default.ProblemAnswer);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
