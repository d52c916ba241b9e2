using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Proofs;

/// <summary>
/// Writes <c>proofs/LOOP/</c>: the signed proof of a verified loop with its patch, or the signed report of one that ended otherwise, and
/// every gate's log beside it.
/// </summary>
public sealed class ProofWriter(IWorkspaces workspaces, IBlobStore blobs, ProofKey key, string directory)
{
    public const string ProofName = "proof.json";
    public const string ReportName = "report.json";
    public const string PatchName = "change.patch";

    public string FileOf(LoopId loop) => Path.Combine(directory, loop.Value, ProofName);

    /// <summary>Id of the key that signs.</summary>
    public string KeyId => key.Id;

    /// <summary>The change that a proof is about; its length and hash are in the proof.</summary>
    public ValueTask<ReadOnlyMemory<byte>> PatchAsync(LoopState state, string tree, CancellationToken cancellationToken) =>
        workspaces.DiffAsync(state.Id, state.Base.Tree, tree, cancellationToken);

    public static ProofFile Describe(string name, ReadOnlyMemory<byte> content) =>
        new(name, Convert.ToHexStringLower(SHA256.HashData(content.Span)), content.Length);

    /// <summary>
    /// Writes the proof of a loop all of whose gates passed, and keeps the signed file as a blob. Repeating it replaces the files.
    /// </summary>
    public async ValueTask<BlobRef> WriteAsync(
        LoopState state,
        ExitStatement statement,
        ReadOnlyMemory<byte> patch,
        CancellationToken cancellationToken
    )
    {
        var file = key.Sign(statement.ToBytes()).ToBytes();
        var blob = await blobs.PutAsync(file, cancellationToken).ConfigureAwait(false);
        await PlaceAsync(state, statement, ProofName, file, patch, cancellationToken).ConfigureAwait(false);
        return blob;
    }

    /// <summary>
    /// Leaves the report of a loop that ended and is not verified. It is not synced: the ledger says the same again at any time.
    /// </summary>
    public async ValueTask WriteReportAsync(LoopState state, CancellationToken cancellationToken)
    {
        var statement = Report(state);
        var file = key.Sign(statement.ToBytes()).ToBytes();
        await PlaceAsync(state, statement, ReportName, file, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The report of a loop that ended and is not verified: the one left here, or the same statement signed anew.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadReportAsync(LoopState state, CancellationToken cancellationToken)
    {
        var payload = Report(state).ToBytes();
        var left = Path.Combine(directory, state.Id.Value, ReportName);
        if (File.Exists(left))
        {
            var file = await File.ReadAllBytesAsync(left, cancellationToken).ConfigureAwait(false);
            if (DsseEnvelope.Read(file, out _) is { } envelope && envelope.Payload.Span.SequenceEqual(payload))
            {
                return file;
            }
        }

        return key.Sign(payload).ToBytes();
    }

    /// <summary>The output of a gate's latest run, its bytes as the statement's hash wants them.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadLogAsync(OutputText output, CancellationToken cancellationToken)
    {
        if (output.Blob is not { } blob)
        {
            return ExitPredicates.InlineLog(output);
        }

        await using var content = await blobs.OpenAsync(blob.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException("ledger-unavailable", $"the log {blob.Hash} is not in the blob store");
        using var memory = new MemoryStream();
        await content.CopyToAsync(memory, cancellationToken).ConfigureAwait(false);
        return memory.ToArray();
    }

    private ExitStatement Report(LoopState state) => ExitStatement.Report(ExitPredicates.OfStopped(state, key.Id));

    private async ValueTask PlaceAsync(
        LoopState state,
        ExitStatement statement,
        string name,
        ReadOnlyMemory<byte> file,
        ReadOnlyMemory<byte>? patch,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var temporary = Path.Combine(directory, $".{state.Id}.{Guid.NewGuid():n}");
        Directory.CreateDirectory(Path.Combine(temporary, "logs"));
        try
        {
            foreach (var gate in statement.Predicate.Gates)
            {
                if (gate.Log is { } log)
                {
                    var content = await ReadLogAsync(state.GateResults[gate.Name].Output, cancellationToken).ConfigureAwait(false);
                    await KeepAsync(temporary, log.File, content, statement.IsProof, cancellationToken).ConfigureAwait(false);
                }
            }

            if (patch is { } change)
            {
                await KeepAsync(temporary, PatchName, change, statement.IsProof, cancellationToken).ConfigureAwait(false);
            }

            await KeepAsync(temporary, name, file, statement.IsProof, cancellationToken).ConfigureAwait(false);
            var target = Path.Combine(directory, state.Id.Value);
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.Move(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static async ValueTask KeepAsync(
        string root,
        string name,
        ReadOnlyMemory<byte> content,
        bool flushToDisk,
        CancellationToken cancellationToken
    )
    {
        await using var stream = File.Create(Path.Combine(root, name));
        await stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        stream.Flush(flushToDisk);
    }
}
