using System.Security.Cryptography;
using LoopCluster.Api.Auth;
using LoopCluster.Api.Hosting;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>Makes loops, one for each idempotency key, and answers with them.</summary>
internal sealed class NewLoops(ILoopHost host, LoopShow show, ApiDrain drain)
{
    /// <summary>On an answer that tells of the loop an earlier request with the same key made.</summary>
    public const string ReplayedHeader = "Idempotent-Replayed";

    /// <param name="id">What the request's key makes the loop's id; null when it came with none.</param>
    /// <param name="body">The request's, which a repeated one must have as well.</param>
    /// <param name="create">Makes the loop of this id (null: any) and keeps this hash of the request.</param>
    /// <exception cref="BadInputException"><c>idempotency-key-reused</c>: the loop is there, and was asked for with another
    /// body.</exception>
    public async Task AnswerAsync(
        HttpContext context,
        Caller caller,
        LoopId? id,
        ReadOnlyMemory<byte> body,
        Func<LoopId?, string?, ValueTask<LoopId>> create
    )
    {
        if (id is not { } named)
        {
            await TellAsync(context, await CreateAsync(null, null, create), replayed: false);
            return;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(body.Span));
        // Looked for before the body is judged: the first request's answer does not depend on what has changed since.
        var replayed = await IsThereAsync(named, caller, hash, context.RequestAborted) || !await TryCreateAsync(named, hash, create);
        if (replayed)
        {
            await IsThereAsync(named, caller, hash, context.RequestAborted);
        }

        await TellAsync(context, named, replayed);
    }

    private async ValueTask<LoopId> CreateAsync(LoopId? id, string? hash, Func<LoopId?, string?, ValueTask<LoopId>> create) =>
        drain.HasBegun
            ? throw new LoopClusterException("draining", "This server is shutting down and takes no new loops. Send the request again.")
            : await create(id, hash);

    /// <summary>False when another request has made it: the ledger takes one first entry and refuses every other.</summary>
    private async ValueTask<bool> TryCreateAsync(LoopId id, string hash, Func<LoopId?, string?, ValueTask<LoopId>> create)
    {
        try
        {
            await CreateAsync(id, hash, create);
            return true;
        }
        catch (LoopClusterException conflict) when (conflict.Code == "ledger-conflict")
        {
            return false;
        }
    }

    private async ValueTask<bool> IsThereAsync(LoopId id, Caller caller, string hash, CancellationToken cancellationToken)
    {
        if (await host.FindAsync(id, cancellationToken) is not { Record: var record })
        {
            return false;
        }

        return record.Summary.Tenant == caller.Tenant && record.Request == hash
            ? true
            : throw new BadInputException(
                "idempotency-key-reused",
                IdempotencyKey.Header,
                "an earlier request with this key had another body; give every new request a key of its own"
            );
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
}
