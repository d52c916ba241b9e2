using System.Security.Cryptography;
using LoopCluster.Api.Auth;
using LoopCluster.Api.Hosting;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary><c>POST /v1/loops</c>.</summary>
internal sealed class CreateEndpoint(ILoopHost host, LoopShow show, ApiDrain drain)
{
    /// <summary>On an answer that tells of the loop an earlier request with the same key made.</summary>
    public const string ReplayedHeader = "Idempotent-Replayed";

    private static readonly string[] Types = [RequestBody.Json, "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];

    public async Task AnswerAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var type = RequestBody.RequireType(context, Types);
        var key = IdempotencyKey.Of(context);
        var body = await RequestBody.ReadAsync(context);
        if (key is null)
        {
            var loop = await StartAsync(new StartLoop(caller.Tenant, Parse(body, type)), context.RequestAborted);
            await TellAsync(context, loop, replayed: false);
            return;
        }

        var id = key.LoopOf(caller);
        var hash = Convert.ToHexStringLower(SHA256.HashData(body.Span));
        // Looked for before the body is judged: the first request's answer does not depend on what has changed since.
        var replayed = await IsThereAsync(id, caller, hash, context.RequestAborted)
            || !await TryStartAsync(new StartLoop(caller.Tenant, Parse(body, type), id, hash), context.RequestAborted);
        if (replayed)
        {
            await IsThereAsync(id, caller, hash, context.RequestAborted);
        }

        await TellAsync(context, id, replayed);
    }

    private async ValueTask<LoopId> StartAsync(StartLoop request, CancellationToken cancellationToken) => drain.HasBegun
        ? throw new LoopClusterException("draining", "This server is shutting down and takes no new loops. Send the request again.")
        : await host.StartAsync(request, cancellationToken);

    /// <summary>False when another request has made it: the ledger takes one first entry and refuses every other.</summary>
    private async ValueTask<bool> TryStartAsync(StartLoop request, CancellationToken cancellationToken)
    {
        try
        {
            await StartAsync(request, cancellationToken);
            return true;
        }
        catch (LoopClusterException conflict) when (conflict.Code == "ledger-conflict")
        {
            return false;
        }
    }

    /// <exception cref="BadInputException"><c>idempotency-key-reused</c>: it is there, and was asked for with another body.</exception>
    private async ValueTask<bool> IsThereAsync(LoopId id, Caller caller, string hash, CancellationToken cancellationToken)
    {
        if (await host.GetAsync(id, cancellationToken) is not { State.Created: var created })
        {
            return false;
        }

        return created.Tenant == caller.Tenant && created.Request == hash
            ? true
            : throw new BadInputException("idempotency-key-reused", IdempotencyKey.Header, "an earlier request with this key had another body; give every new request a key of its own");
    }

    private async Task TellAsync(HttpContext context, LoopId loop, bool replayed)
    {
        context.Response.Headers.Location = LoopShow.AddressOf(loop);
        if (replayed)
        {
            context.Response.Headers[ReplayedHeader] = "true";
        }

        await show.WriteAsync(context, loop, replayed ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private static LoopSpec Parse(ReadOnlyMemory<byte> body, string type)
    {
        if (type == RequestBody.Json)
        {
            // Most broken JSON is YAML of some meaning; what says it is JSON must be.
            _ = RequestBody.Parse(body, YamlJson.DepthLimit, "spec-invalid");
        }

        return SpecFile.Parse(body.Span, SpecOrigin.Api);
    }
}
