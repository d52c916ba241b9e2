using System.CommandLine;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop replay ID</c>: derives every effect and request hash anew, with no model or tool called.</summary>
internal static class ReplayCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        return new Command("replay", "Derive every effect of a loop anew and compare with its ledger") { id }
            .OfDirectory(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var reading = context.Read();
                var loop = await CommandContext.ResolveAsync(reading.Ledger, context.Get(id), cancellationToken).ConfigureAwait(false);
                var replay = await ReplayAsync(reading.Ledger, reading.Blobs, loop, cancellationToken).ConfigureAwait(false);
                if (context.Io.Json)
                {
                    WriteJson(context, loop, replay);
                }
                else
                {
                    context.Io.Say(
                        $"{replay.State.Seq} entries, {replay.Effects} effects derived anew, {(replay.Differences.Count == 0 ? "no difference" : $"{replay.Differences.Count} differences")}"
                    );
                    foreach (var difference in replay.Differences)
                    {
                        context.Io.Say($"  entry {difference.Seq}: {Output.TerminalText.Clean(difference.What)}");
                    }
                }

                return replay.Differences.Count == 0 ? ExitCodes.Verified : ExitCodes.VerificationFailed;
            });
    }

    public static async ValueTask<LoopReplayer> ReplayAsync(
        ILoopLedger ledger,
        IBlobStore blobs,
        LoopId loop,
        CancellationToken cancellationToken
    )
    {
        LoopReplayer? replayer = null;
        await foreach (var line in ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
        {
            var entry = await ReplyExtras.FillAsync(LedgerCodec.Read(line), blobs, cancellationToken).ConfigureAwait(false);
            if (replayer is null)
            {
                var state = await new LoopLoader(ledger).BeginAsync(entry, cancellationToken).ConfigureAwait(false);
                replayer = new LoopReplayer(await ReplyExtras.FillAsync(state, blobs, cancellationToken).ConfigureAwait(false));
            }
            else
            {
                replayer.Next(entry);
            }
        }

        return replayer ?? throw LoopStarter.UnknownLoop(loop);
    }

    private static void WriteJson(CommandContext context, LoopId loop, LoopReplayer replay) =>
        context.Io.WriteJson(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", loop.Value);
            writer.WriteNumber("events", replay.State.Seq);
            writer.WriteNumber("effects", replay.Effects);
            writer.WriteStartArray("differences");
            foreach (var difference in replay.Differences)
            {
                writer.WriteStartObject();
                writer.WriteNumber("seq", difference.Seq);
                writer.WriteString("what", difference.What);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
}
