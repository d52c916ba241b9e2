using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>loop cost [ID]</c>: what loops cost, what a verified outcome costs, where it went, and what was spent on loops that never went green.
/// </summary>
internal static class CostCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = new Argument<string?>("ID") { Description = "Only this loop", Arity = ArgumentArity.ZeroOrOne };
        return new Command("cost", "What loops cost, what a verified outcome costs, and where it went") { id }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loops = await LoopReports.ReadAsync(context.Io, source, context.Find(id), cancellationToken).ConfigureAwait(false);
                var cost = CostReport.Of(loops);
                if (context.Io.Json)
                {
                    WriteJson(context.Io, loops, cost);
                }
                else
                {
                    WriteTable(context.Io, loops, cost);
                }

                return 0;
            });
    }

    private static void WriteJson(CliIo io, IReadOnlyList<LoopReport> loops, CostReport cost) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("loops");
            foreach (var loop in loops)
            {
                writer.WriteStartObject();
                writer.WriteString("id", loop.Id);
                writer.WriteString("status", Names.Of(loop.Status));
                writer.WriteNumber("turns", loop.Turns);
                writer.WritePropertyName("tokens");
                JsonSerializer.Serialize(writer, loop.Tokens, ReportJson.Default.ReportTokens);
                writer.WriteNumber("cost", loop.Cost);
                writer.WriteNumber("costAssumed", loop.CostAssumed);
                writer.WriteNumber("costAtDearest", loop.CostAtDearest);
                writer.WriteNumber("sandboxSeconds", Math.Round(loop.SandboxSeconds, 3));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            foreach (var member in JsonSerializer.SerializeToElement(cost, ReportJson.Default.CostReport).EnumerateObject())
            {
                member.WriteTo(writer);
            }

            writer.WriteEndObject();
        });

    private static void WriteTable(CliIo io, IReadOnlyList<LoopReport> loops, CostReport cost)
    {
        io.Say(
            ["id", "status", "turns", "tokens in", "tokens out", "cost", "sandbox s"],
            loops.Select(loop =>
                new[]
                {
                    loop.Id,
                    Names.Of(loop.Status),
                    Number(loop.Turns),
                    Number(loop.Tokens.In),
                    Number(loop.Tokens.Out),
                    Number(loop.Cost),
                    loop.SandboxSeconds.ToString("0.0", CultureInfo.InvariantCulture),
                }
            )
        );
        WriteParts(io, "agent", cost.Agents);
        WriteParts(io, "tier", cost.Tiers);
        WriteParts(io, "model", cost.Models);
        io.Say("");
        io.Say($"total cost                    {Number(cost.Total)}");
        if (cost.Assumed > 0)
        {
            io.Say($"of it assumed                 {Number(cost.Assumed)} (no bill is known: the reservation counts)");
        }

        io.Say($"cost per verified outcome     {(cost.CostPerVerified is { } per ? Number(per) : "none was verified")}");
        io.Say($"spent on loops never green    {(cost.NeverGreenShare is { } share ? Percent(share) : "nothing was spent")}");
        if (cost is { SavedShare: { } saved, AtDearest: var dearest } && saved > 0)
        {
            var compared = "what the same tokens cost of each loop's dearest model";
            io.Say($"saved by routing              {Percent(saved)} of {Number(dearest)}, {compared}");
        }
    }

    /// <summary>Where everything went to one, the total says it.</summary>
    private static void WriteParts(CliIo io, string what, IReadOnlyList<CostPart> parts)
    {
        if (parts.Count < 2)
        {
            return;
        }

        io.Say("");
        io.Say(
            [what, "requests", "tokens in", "tokens out", "cost"],
            parts.Select(part =>
                new[] { part.Name, Number(part.Requests), Number(part.TokensIn), Number(part.TokensOut), Number(part.Cost) }
            )
        );
    }

    private static string Percent(decimal share) => share.ToString("P0", CultureInfo.InvariantCulture);

    private static string Number(decimal value) => value.ToString("#,0.######", CultureInfo.InvariantCulture);
}
