using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;

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
        return await workspaces.DiffAsync(loop, state.Base.Tree, tree, packs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The signed proof, or null when the loop is unknown or not verified.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var state = await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        if (state?.Verified is not { } verified)
        {
            return null;
        }

        return await ReadAsync(verified.Proof, $"the proof of loop {loop}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A file that the proof names (the patch, a gate's log), its bytes as the proof's hash wants them; null when there is no proof or it
    /// names no such file.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken)
    {
        if (await ReadProofAsync(loop, cancellationToken).ConfigureAwait(false) is not { } proof)
        {
            return null;
        }

        var document = ProofFormat.Open(proof.ToArray(), $"the proof of loop {loop}").Document;
        if (document.Change.Patch.File == name)
        {
            return await DiffAsync(loop, cancellationToken).ConfigureAwait(false);
        }

        var state = await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        return
            document.Gates.FirstOrDefault(g => g.Log.File == name) is { } gate
            && state?.GateResults.GetValueOrDefault(gate.Name) is { } result
            ? result.Output.Blob is { } blob
                ? await ReadAsync(blob, $"the log of gate '{gate.Name}'", cancellationToken).ConfigureAwait(false)
                : Encoding.UTF8.GetBytes(result.Output.Text ?? "")
            : null;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(BlobRef blob, string what, CancellationToken cancellationToken)
    {
        await using var content = await blobs.OpenAsync(blob.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException("ledger-unavailable", $"{what}, blob {blob.Hash}, is not in the blob store");
        using var memory = new MemoryStream();
        await content.CopyToAsync(memory, cancellationToken).ConfigureAwait(false);
        return memory.ToArray();
    }
}
