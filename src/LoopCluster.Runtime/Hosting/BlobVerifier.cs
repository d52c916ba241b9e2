using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting;

/// <summary>
/// Checks that every blob which entries name is there and is what its name says. Reads each of them once, to the end, and changes nothing.
/// </summary>
public sealed class BlobVerifier(ILoopLedger ledger, IBlobStore blobs)
{
    private const int CopyBytes = 128 << 10;

    // By hash: null is whole. Loops share the packs of their base and the layers of their prepare.
    private readonly Dictionary<string, string?> _faults = new(StringComparer.Ordinal);

    /// <summary>Checks one loop, or all of them.</summary>
    public async ValueTask<BlobVerification> VerifyAsync(LoopId? only, CancellationToken cancellationToken)
    {
        var bad = new List<BadBlob>();
        if (only is { } one)
        {
            await VerifyLoopAsync(one, bad, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await foreach (var loop in ledger.ListAsync(cancellationToken).ConfigureAwait(false))
            {
                await VerifyLoopAsync(loop, bad, cancellationToken).ConfigureAwait(false);
            }
        }

        return new BlobVerification(_faults.Count, bad);
    }

    private async ValueTask VerifyLoopAsync(LoopId loop, List<BadBlob> bad, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
            {
                foreach (var named in LedgerCodec.Read(line).Events.SelectMany(LedgerBlobs.Of))
                {
                    if (await FaultOfAsync(named, cancellationToken).ConfigureAwait(false) is { } reason)
                    {
                        bad.Add(new BadBlob(loop, line.Seq, named.Blob.Hash, named.What, reason));
                    }
                }
            }
        }
        catch (LedgerCorruptException)
        {
            // What a broken entry names nobody knows; the chain's own check tells of it.
        }
    }

    private async ValueTask<string?> FaultOfAsync(NamedBlob named, CancellationToken cancellationToken)
    {
        if (!_faults.TryGetValue(named.Blob.Hash, out var fault))
        {
            _faults[named.Blob.Hash] = fault = await ReadAsync(named.Blob.Hash, named.Blob.Bytes, cancellationToken).ConfigureAwait(false);
        }

        return fault;
    }

    private async ValueTask<string?> ReadAsync(string hash, long bytes, CancellationToken cancellationToken)
    {
        try
        {
            if (await blobs.OpenAsync(hash, cancellationToken).ConfigureAwait(false) is not { } stream)
            {
                return "missing";
            }

            await using var closed = stream.ConfigureAwait(false);
            var (buffer, length) = (new byte[CopyBytes], 0L);
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; )
            {
                length += read;
            }

            return length == bytes ? null : $"damaged: {length} bytes, {bytes} are named";
        }
        catch (LoopClusterException damaged) when (damaged.Code == "blob-corrupt")
        {
            return "damaged: its hash is not its name";
        }
        catch (Exception unreadable) when (unreadable is InfrastructureException or IOException)
        {
            return $"cannot be read: {unreadable.Message}";
        }
    }
}

/// <param name="Checked">Different blobs.</param>
/// <param name="Bad">In the order of loops and entries.</param>
public sealed record BlobVerification(int Checked, IReadOnlyList<BadBlob> Bad);

/// <param name="Seq">The entry that names it.</param>
/// <param name="What">What it is, for people.</param>
/// <param name="Reason"><c>missing</c>, or how it is damaged.</param>
public sealed record BadBlob(LoopId Loop, long Seq, string Hash, string What, string Reason);
