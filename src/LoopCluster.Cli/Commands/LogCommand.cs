using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Progress;
using LoopCluster.Cli.Sessions;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>loop log ID</c>: the live timeline told again from the ledger, in the same words, with the entry each line comes from.
/// </summary>
internal static class LogCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        var from = new Option<long>("--from")
        {
            Description = "First entry that is shown",
            HelpName = "SEQ",
            DefaultValueFactory = _ => 1,
        };
        return new Command("log", "Tell what a loop did, with times, entries and reasons") { id, from }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loop = await source.ResolveAsync(context.Get(id), cancellationToken).ConfigureAwait(false);
                var (track, words) = (new LoopTrack(), new EventWords());
                var lines = new List<(long Seq, DateTimeOffset At, string Type, ProgressLine Line)>();
                await foreach (var line in source.EventsAsync(loop, 1, follow: false, cancellationToken).ConfigureAwait(false))
                {
                    var entry = await track.AddAsync(source.Ledger, line, cancellationToken).ConfigureAwait(false);
                    foreach (var loopEvent in entry.Events)
                    {
                        // Earlier ones are told too, to nobody: later words refer to them.
                        var told = words
                            .Of(loopEvent, track.State)
                            .Select(w => (entry.Seq, entry.At, Engine.Events.EventTypes.NameOf(loopEvent), w))
                            .ToList();
                        lines.AddRange(entry.Seq >= context.Get(from) ? told : []);
                    }
                }

                if (context.Io.Json)
                {
                    WriteJson(context.Io, lines);
                    return 0;
                }

                foreach (var (seq, at, _, line) in lines)
                {
                    ProgressView.Write(
                        context.Io.Words,
                        string.Create(CultureInfo.InvariantCulture, $"{seq, 5} {at.ToLocalTime():HH:mm:ss} "),
                        line,
                        context.Io.Width
                    );
                }

                return 0;
            });
    }

    private static void WriteJson(CliIo io, IReadOnlyList<(long Seq, DateTimeOffset At, string Type, ProgressLine Line)> lines) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartArray();
            foreach (var (seq, at, type, line) in lines)
            {
                writer.WriteStartObject();
                writer.WriteNumber("seq", seq);
                writer.WriteString("at", at);
                writer.WriteString("type", type);
                writer.WriteString("text", line.Text);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
}
