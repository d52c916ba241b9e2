using System.CommandLine;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop ledger verify [ID]</c>: from the bytes on disk alone.</summary>
internal static class LedgerCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = new Argument<string?>("ID") { Description = "Only this loop", Arity = ArgumentArity.ZeroOrOne };
        var verify = new Command("verify", "Check every entry and link of the ledger, or of one loop") { id }.Does(options, async (context, cancellationToken) =>
        {
            LoopId? loop = null;
            if (context.Find(id) is { } text)
            {
                await using var reading = context.Read();
                loop = await CommandContext.ResolveAsync(reading.Ports.Ledger, text, cancellationToken).ConfigureAwait(false);
            }

            var found = await new LedgerVerifier(context.Data.Root).VerifyAsync(loop, cancellationToken).ConfigureAwait(false);
            return Write(context.Io, found, "entries");
        });
        return new Command("ledger", "The ledger of the data directory") { verify };
    }

    public static int Write(CliIo io, ChainVerification found, string what)
    {
        if (found.TornTail is { } torn)
        {
            io.Note($"note: {torn}; nobody was told that it had succeeded, and the next start cuts it");
        }

        var bad = found.FirstBad is { } first ? new FirstBad(first.File, first.Seq, first.Reason) : null;
        return VerificationOutput.Write(io, new Verification(found.Ok, found.Checked, bad), what);
    }
}
