using LoopCluster.Api.Owner;
using LoopCluster.Engine.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Problems;

/// <summary>Turns whatever goes wrong on the way to an answer into a problem, once.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
            {
                await ProblemMapping.OfStatus(context.Response.StatusCode).WriteAsync(context);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            LogHungUp(logger, context.TraceIdentifier);
        }
        catch (Exception error)
        {
            await AnswerAsync(context, error);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        var problem = ProblemMapping.Of(error, OwnerConnection.Is(context));
        if (problem.Status >= 500)
        {
            LogFailed(logger, error, problem.Code, context.TraceIdentifier);
        }

        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (error is LoopClusterException { Code: "unauthorized" })
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"loopcluster\"";
        }

        if (problem.Status == StatusCodes.Status413PayloadTooLarge)
        {
            // The rest of the body is not read to make room for another request.
            context.Response.Headers.Connection = "close";
        }

        await problem.WriteAsync(context);
    }
}
