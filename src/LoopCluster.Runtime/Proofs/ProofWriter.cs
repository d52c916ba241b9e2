using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Proofs;

/// <summary>
/// Writes <c>proofs/LOOP/proof.json</c> with the change as a patch and every gate's log beside it, and keeps the signed file as a blob.
/// </summary>
public sealed class ProofWriter(IWorkspaces workspaces, IBlobStore blobs, ProofKey key, string directory)
{
    public string FileOf(LoopId loop) => Path.Combine(directory, loop.Value, "proof.json");

    /// <summary>Writes the proof of a loop all of whose gates passed. Repeating it replaces the files.</summary>
    /// <param name="tree">What is delivered.</param>
    public async ValueTask<BlobRef> WriteAsync(LoopState state, string tree, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var temporary = Path.Combine(directory, $".{state.Id}.{Guid.NewGuid():n}");
        Directory.CreateDirectory(Path.Combine(temporary, "logs"));
        try
        {
            var patch = await workspaces.DiffAsync(state.Id, state.Base.Tree, tree, cancellationToken).ConfigureAwait(false);
            var gates = new List<ProofGate>();
            foreach (var gate in state.Spec.Gates.OfType<CommandGate>())
            {
                gates.Add(await GateAsync(state, gate, temporary, gates.Count + 1, cancellationToken).ConfigureAwait(false));
            }

            var sealedProof = ProofFormat.Seal(
                Describe(state, tree, await KeepAsync(temporary, "change.patch", patch, cancellationToken).ConfigureAwait(false), gates),
                key
            );
            await KeepAsync(temporary, "proof.json", sealedProof, cancellationToken).ConfigureAwait(false);
            var blob = await blobs.PutAsync(sealedProof, cancellationToken).ConfigureAwait(false);
            var target = Path.Combine(directory, state.Id.Value);
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.Move(temporary, target);
            return blob;
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static ProofDocument Describe(LoopState state, string tree, ProofFile patch, IReadOnlyList<ProofGate> gates) =>
        new()
        {
            Format = ProofDocument.CurrentFormat,
            Loop = state.Id.Value,
            Tenant = state.Created.Tenant,
            Goal = state.Spec.Goal,
            Models = state.Created.Models.ToDictionary(m => m.Key, m => m.Value.Name),
            Base = new ProofTree(state.Base.Commit, state.Base.Tree),
            Change = new ProofChange(tree, state.Workspace.Commit, patch),
            Image = state.Prepared!.ImageId,
            Prepared = state.Prepared.Layer,
            Gates = gates,
            Protection = state.Imported.Protection,
            ApprovedIn = state.Grant?.Seq,
            Ledger = new ProofLedger(state.Seq, state.Head.ToString()),
        };

    private async ValueTask<ProofGate> GateAsync(
        LoopState state,
        CommandGate gate,
        string root,
        int number,
        CancellationToken cancellationToken
    )
    {
        var result = state.GateResults[gate.Name];
        var baseline = state.Baseline[gate.Name];
        var name = string.Create(CultureInfo.InvariantCulture, $"logs/{number:00}-{gate.Name}.txt");
        return new ProofGate
        {
            Name = gate.Name,
            Run = gate.Run,
            Protect = gate.Protect,
            Evidence = gate.Evidence,
            Confirmed = result.Run,
            ExitCode = result.ExitCode
                ?? throw new LoopClusterException("internal-error", $"gate '{gate.Name}' passed without an exit code"),
            FlakyReruns = result.Rerun,
            ImageId = result.ImageId,
            GateTree = result.GateTree,
            Restored = result.Restored,
            Baseline = baseline.Outcome == GateOutcome.Passed ? "passed" : "failed",
            BaselineExitCode = baseline.ExitCode,
            Log = await KeepAsync(root, name, await ReadAsync(result.Output, cancellationToken).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false),
        };
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(OutputText output, CancellationToken cancellationToken)
    {
        if (output.Blob is not { } blob)
        {
            return Encoding.UTF8.GetBytes(output.Text ?? "");
        }

        await using var content = await blobs.OpenAsync(blob.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException("ledger-unavailable", $"the log {blob.Hash} is not in the blob store");
        using var memory = new MemoryStream();
        await content.CopyToAsync(memory, cancellationToken).ConfigureAwait(false);
        return memory.ToArray();
    }

    private static async ValueTask<ProofFile> KeepAsync(
        string root,
        string name,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        await using (var stream = File.Create(Path.Combine(root, name)))
        {
            await stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        return new ProofFile(name, Convert.ToHexStringLower(SHA256.HashData(content.Span)), content.Length);
    }
}
