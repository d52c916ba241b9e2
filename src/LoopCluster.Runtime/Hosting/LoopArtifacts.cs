using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting;

/// <summary>What a loop made, read from ledger and blobs alone: any host can serve it, whoever drove the loop.</summary>
public sealed class LoopArtifacts(ILoopLedger ledger, IBlobStore blobs, IWorkspaces workspaces)
{
    private readonly LoopLoader _loader = new(ledger);

    /// <summary>The change against the base as a patch, or null for an unknown loop.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> DiffAsync(LoopId loop, CancellationToken cancellationToken)
    {
        if (await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } state)
        {
            return null;
        }

        var (tree, packs) = state.Verified?.Delivered is { } delivered
            ? (delivered.Tree, [.. state.Workspace.Packs, delivered.Pack])
            : (state.Workspace.Tree, (IReadOnlyList<BlobRef>)state.Workspace.Packs);
        return await workspaces.DiffAsync(loop, state.Created.Base.Tree, tree, packs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The signed proof, or null when the loop is unknown or not verified.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var state = await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        if (state?.Verified is not { } verified)
        {
            return null;
        }

        await using var content = await blobs.OpenAsync(verified.Proof.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException("ledger-unavailable", $"the proof of loop {loop}, blob {verified.Proof.Hash}, is not in the blob store");
        using var memory = new MemoryStream();
        await content.CopyToAsync(memory, cancellationToken).ConfigureAwait(false);
        return memory.ToArray();
    }
}
