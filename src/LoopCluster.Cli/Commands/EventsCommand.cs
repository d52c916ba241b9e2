using System.CommandLine;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop events ID [--follow] [--from SEQ]</c>: the ledger's lines, byte for byte.</summary>
internal static class EventsCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with each new line until the loop has ended" };
        var from = new Option<long>("--from") { Description = "First entry", HelpName = "SEQ", DefaultValueFactory = _ => 1 };
        return new Command("events", "Print a loop's ledger, byte for byte") { id, follow, from }.Does(options, async (context, cancellationToken) =>
        {
            await using var reading = context.Read();
            var ledger = reading.Services.GetRequiredService<FileLedgerReader>();
            var loop = await CommandContext.ResolveAsync(ledger, context.Get(id), cancellationToken).ConfigureAwait(false);
            var next = Math.Max(1, context.Get(from));
            while (true)
            {
                (next, var ended) = await PrintAsync(context, ledger, loop, next, cancellationToken).ConfigureAwait(false);
                if (ended || !context.Get(follow))
                {
                    return 0;
                }

                await ledger.WaitForGrowthAsync(cancellationToken).ConfigureAwait(false);
            }
        });
    }

    private static async ValueTask<(long Next, bool Ended)> PrintAsync(CommandContext context, FileLedgerReader ledger, LoopId loop, long next, CancellationToken cancellationToken)
    {
        var ended = false;
        await foreach (var line in ledger.ReadAsync(loop, next, cancellationToken).ConfigureAwait(false))
        {
            Print(context, line);
            next = line.Seq + 1;
            ended = LoopReader.IsTerminal(line);
        }

        return (next, ended);
    }

    private static void Print(CommandContext context, LedgerLine line)
    {
        // One write: a reader never sees half a line of ours.
        var bytes = new byte[line.Utf8.Length + 1];
        line.Utf8.CopyTo(bytes);
        bytes[^1] = (byte)'\n';
        context.Io.WriteBytes(bytes);
    }
}
