using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>loop cost [ID]</c>: what loops cost, what a verified outcome costs, and what was spent on loops that never went green.
/// </summary>
internal static class CostCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = new Argument<string?>("ID") { Description = "Only this loop", Arity = ArgumentArity.ZeroOrOne };
        return new Command("cost", "What loops cost, and what a verified outcome costs") { id }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loops = new List<LoopRecord>();
                if (context.Find(id) is { } one)
                {
                    var loop = await source.ResolveAsync(one, cancellationToken).ConfigureAwait(false);
                    loops.Add(await source.RecordAsync(loop, cancellationToken).ConfigureAwait(false));
                }
                else
                {
                    foreach (var loop in await source.ListAsync(cancellationToken).ConfigureAwait(false))
                    {
                        await AddAsync(context.Io, source, loop.Id, loops, cancellationToken).ConfigureAwait(false);
                    }
                }

                var bill = Bill.Of(loops);
                if (context.Io.Json)
                {
                    WriteJson(context.Io, loops, bill);
                }
                else
                {
                    WriteTable(context.Io, loops, bill);
                }

                return 0;
            });
    }

    private static async ValueTask AddAsync(
        CliIo io,
        ILoopSource source,
        LoopId loop,
        List<LoopRecord> loops,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var record = await source.RecordAsync(loop, cancellationToken).ConfigureAwait(false);
            _ = record.Report ?? throw new LedgerCorruptException(record.Summary.Damage ?? $"loop {loop} is damaged", null, 0);
            loops.Add(record);
        }
        catch (LedgerCorruptException e)
        {
            io.Note($"left out: {e.Message}");
        }
    }

    private static void WriteJson(CliIo io, IReadOnlyList<LoopRecord> loops, Bill bill) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("loops");
            foreach (var loop in loops)
            {
                writer.WriteStartObject();
                writer.WriteString("id", loop.Summary.Id.Value);
                writer.WriteString("status", Names.Of(loop.Summary.Status));
                writer.WriteNumber("turns", loop.Summary.Turns);
                writer.WriteStartObject("tokens");
                writer.WriteNumber("in", loop.Report!.Tokens.In);
                writer.WriteNumber("out", loop.Report!.Tokens.Out);
                writer.WriteNumber("cached", loop.TokensCached);
                writer.WriteNumber("assumed", loop.Report!.Tokens.Assumed);
                writer.WriteEndObject();
                writer.WriteNumber("cost", loop.Summary.Cost);
                writer.WriteNumber("costAssumed", loop.Report!.CostAssumed);
                writer.WriteNumber("sandboxSeconds", Math.Round(loop.SandboxSeconds, 3));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("total", bill.Total);
            writer.WriteNumber("assumed", bill.Assumed);
            writer.WriteNumber("verified", bill.Verified);
            writer.WritePropertyName("costPerVerified");
            JsonOrNull(writer, bill.PerVerified);
            writer.WritePropertyName("neverGreenShare");
            JsonOrNull(writer, bill.NeverGreenShare);
            writer.WriteEndObject();
        });

    private static void JsonOrNull(System.Text.Json.Utf8JsonWriter writer, decimal? value)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void WriteTable(CliIo io, IReadOnlyList<LoopRecord> loops, Bill bill)
    {
        io.Say(
            ["id", "status", "turns", "tokens in", "tokens out", "cost", "sandbox s"],
            loops.Select(loop =>
                new[]
                {
                    loop.Summary.Id.Value,
                    Names.Of(loop.Summary.Status),
                    Number(loop.Summary.Turns),
                    Number(loop.Report!.Tokens.In),
                    Number(loop.Report!.Tokens.Out),
                    Number(loop.Summary.Cost),
                    loop.SandboxSeconds.ToString("0.0", CultureInfo.InvariantCulture),
                }
            )
        );
        io.Say("");
        io.Say($"total cost                    {Number(bill.Total)}");
        if (bill.Assumed > 0)
        {
            io.Say($"of it assumed                 {Number(bill.Assumed)} (no bill is known: the reservation counts)");
        }

        io.Say($"cost per verified outcome     {(bill.PerVerified is { } per ? Number(per) : "none was verified")}");
        io.Say(
            $"spent on loops never green    {(bill.NeverGreenShare is { } share ? share.ToString("P0", CultureInfo.InvariantCulture) : "nothing was spent")}"
        );
    }

    private static string Number(decimal value) => value.ToString("#,0.######", CultureInfo.InvariantCulture);

    /// <param name="PerVerified">Everything that was spent, by the number of verified loops.</param>
    /// <param name="NeverGreenShare">Of the total, what loops cost that have ended without being verified.</param>
    private sealed record Bill(decimal Total, int Verified, decimal? PerVerified, decimal? NeverGreenShare, decimal Assumed)
    {
        public static Bill Of(IReadOnlyList<LoopRecord> loops)
        {
            var total = loops.Sum(l => l.Summary.Cost);
            var verified = loops.Count(l => l.Summary.Status == LoopStatus.Verified);
            var lost = loops.Where(l => l.Summary.Status.IsFinal() && l.Summary.Status != LoopStatus.Verified).Sum(l => l.Summary.Cost);
            return new Bill(
                total,
                verified,
                verified == 0 ? null : Math.Round(total / verified, 6),
                total == 0 ? null : Math.Round(lost / total, 4),
                loops.Sum(l => l.Report!.CostAssumed)
            );
        }
    }
}
