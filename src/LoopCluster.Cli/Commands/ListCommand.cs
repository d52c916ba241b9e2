using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop ls</c>.</summary>
internal static class ListCommand
{
    private const int MostGoal = 60;
    private const int MostDamage = 200;

    public static Command Create(CommonOptions options) =>
        new Command("ls", "List loops, oldest first")
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loops = await source.ListAsync(cancellationToken).ConfigureAwait(false);
                if (context.Io.Json)
                {
                    WriteJson(context.Io, loops);
                }
                else if (loops.Count == 0)
                {
                    context.Io.Note(
                        $"no loops {(context.Server is { } server ? $"of this tenant at {server.Url}" : $"in {context.Data.Root}")}"
                    );
                }
                else
                {
                    WriteTable(context, loops);
                }

                return 0;
            });

    private static void WriteJson(CliIo io, IReadOnlyList<LoopSummary> loops) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartArray();
            foreach (var loop in loops)
            {
                writer.WriteStartObject();
                writer.WriteString("id", loop.Id.Value);
                writer.WriteString("status", Names.Of(loop.Status));
                writer.WriteString("stage", Names.Of(loop.Stage));
                writer.WriteNumber("attempt", loop.Attempt);
                writer.WriteNumber("turns", loop.Turns);
                writer.WriteNumber("cost", loop.Cost);
                writer.WriteString("updated", loop.Updated);
                writer.WriteString("host", loop.Host);
                writer.WriteString("goal", loop.Goal);
                writer.WriteString("waitingFor", loop.WaitingFor);
                WriteTime(writer, "waitingSince", loop.WaitingSince);
                WriteTime(writer, "nextTry", loop.NextTry);
                writer.WriteString("damage", loop.Damage);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });

    private static void WriteTable(CommandContext context, IReadOnlyList<LoopSummary> loops)
    {
        context.Io.Say(["id", "status", "stage", "attempt", "turns", "cost", "updated", "host", "waits for", "goal"], loops.Select(Row));
        if (loops.FirstOrDefault(l => l.Damage is not null) is { } damaged && context.Server is null)
        {
            context.Io.Note(
                $"a damaged loop stands alone, the others are not touched; '{context.Hints.Of("ledger verify", damaged.Id.Value)}' names the entry"
            );
        }
    }

    private static IReadOnlyList<string> Row(LoopSummary loop) =>
        loop.Damage is { } damage
            ?
            [
                loop.Id.Value,
                "damaged",
                "",
                "",
                "",
                "",
                Time(loop.Updated),
                "",
                TerminalText.Line(damage, MostDamage),
                TerminalText.Line(loop.Goal ?? "", MostGoal),
            ]
            :
            [
                loop.Id.Value,
                Names.Of(loop.Status),
                Names.Of(loop.Stage),
                Number(loop.Attempt),
                Number(loop.Turns),
                Number(loop.Cost),
                Time(loop.Updated),
                TerminalText.Line(loop.Host ?? "", 20),
                WaitsFor(loop),
                TerminalText.Line(loop.Goal ?? "", MostGoal),
            ];

    private static string Time(DateTimeOffset at) =>
        at == default ? "" : at.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string WaitsFor(LoopSummary loop) =>
        loop.WaitingFor is not { } what ? "" : what + Time(" since ", loop.WaitingSince) + Time(", next try ", loop.NextTry);

    private static string Time(string before, DateTimeOffset? at) =>
        at is { } time ? before + time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) : "";

    private static void WriteTime(System.Text.Json.Utf8JsonWriter writer, string name, DateTimeOffset? at)
    {
        if (at is { } time)
        {
            writer.WriteString(name, time);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static string Number(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
