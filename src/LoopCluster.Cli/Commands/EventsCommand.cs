using System.CommandLine;
using LoopCluster.Engine.Ledger;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop events ID [--follow] [--from SEQ]</c>: the ledger's lines, byte for byte.</summary>
internal static class EventsCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with each new line until the loop has ended" };
        var from = new Option<long>("--from")
        {
            Description = "First entry",
            HelpName = "SEQ",
            DefaultValueFactory = _ => 1,
        };
        return new Command("events", "Print a loop's ledger, byte for byte") { id, follow, from }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loop = await source.ResolveAsync(context.Get(id), cancellationToken).ConfigureAwait(false);
                await foreach (
                    var line in source
                        .EventsAsync(loop, Math.Max(1, context.Get(from)), context.Get(follow), cancellationToken)
                        .ConfigureAwait(false)
                )
                {
                    Print(context, line);
                }

                return 0;
            });
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
