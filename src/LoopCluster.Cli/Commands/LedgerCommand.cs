using System.CommandLine;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop ledger verify [ID]</c>: from the bytes on disk alone.</summary>
internal static class LedgerCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = new Argument<string?>("ID") { Description = "Only this loop", Arity = ArgumentArity.ZeroOrOne };
        var verify = new Command("verify", "Check every entry, link and blob of the ledger, or of one loop") { id }
            .OfDirectory(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var reading = context.Read();
                LoopId? loop = context.Find(id) is { } text
                    ? await CommandContext.ResolveAsync(reading.Ledger, text, cancellationToken).ConfigureAwait(false)
                    : null;
                var found = await new LedgerVerifier(context.Data.Root).VerifyAsync(loop, cancellationToken).ConfigureAwait(false);
                var blobs = await new BlobVerifier(reading.Ledger, reading.Blobs)
                    .VerifyAsync(loop, cancellationToken)
                    .ConfigureAwait(false);
                return Write(context.Io, found, "entries", blobs);
            });
        return new Command("ledger", "The ledger of the data directory") { verify };
    }

    /// <param name="blobs">What the entries name; null where they name none.</param>
    public static int Write(CliIo io, ChainVerification found, string what, BlobVerification? blobs = null)
    {
        if (found.TornTail is { } torn)
        {
            io.Note($"note: {torn}; nobody was told that it had succeeded, and the next start cuts it");
        }

        var bad =
            found.FirstBad is { } first ? new FirstBad(first.File, first.Seq, first.Reason)
            : blobs?.Bad is [var blob, ..] ? new FirstBad(FileOf(blob), blob.Seq, $"{blob.Loop}: {blob.What} is {blob.Reason}")
            : null;
        return VerificationOutput.Write(io, new Verification(bad is null, found.Checked, bad), what, blobs);
    }

    /// <summary>Relative to the data directory.</summary>
    public static string FileOf(BadBlob blob) => $"blobs/{blob.Hash[..2]}/{blob.Hash}";
}
