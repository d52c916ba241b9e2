using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Runtime.Hosting;

/// <summary>What a loop made, read from ledger and blobs alone: any host can serve it, whoever drove the loop.</summary>
public sealed class LoopArtifacts(ILoopLedger ledger, IBlobStore blobs, IWorkspaces workspaces, ProofWriter proofs)
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
        return await workspaces.DiffAsync(loop, state.Base.Tree, tree, packs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The signed proof of a verified loop, the signed report of one that ended otherwise; null when the loop is unknown or has not ended.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken)
    {
        if (await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is not { IsTerminal: true } state)
        {
            return null;
        }

        return await ReadProofAsync(state, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A file that the proof or report names (the patch, a gate's log), its bytes as the hash in it wants them; null when there is none or
    /// it names no such file.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken)
    {
        if (await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is not { IsTerminal: true } state)
        {
            return null;
        }

        var proof = await ReadProofAsync(state, cancellationToken).ConfigureAwait(false);
        var predicate = ProofVerifier.Read(proof, $"the proof of loop {loop}").Predicate;
        if (predicate.Change?.Patch?.File == name)
        {
            return await DiffAsync(loop, cancellationToken).ConfigureAwait(false);
        }

        // Not one expression: null would become an empty memory.
        if (
            predicate.Gates.FirstOrDefault(g => g.Log?.File == name) is { } gate
            && state.GateResults.GetValueOrDefault(gate.Name) is { } result
        )
        {
            return await proofs.ReadLogAsync(result.Output, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private ValueTask<ReadOnlyMemory<byte>> ReadProofAsync(LoopState state, CancellationToken cancellationToken) =>
        state.Verified is { } verified
            ? ReadAsync(verified.Proof, $"the proof of loop {state.Id}", cancellationToken)
            : proofs.ReadReportAsync(state, cancellationToken);

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(BlobRef blob, string what, CancellationToken cancellationToken)
    {
        await using var content = await blobs.OpenAsync(blob.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException("ledger-unavailable", $"{what}, blob {blob.Hash}, is not in the blob store");
        using var memory = new MemoryStream();
        await content.CopyToAsync(memory, cancellationToken).ConfigureAwait(false);
        return memory.ToArray();
    }
}
