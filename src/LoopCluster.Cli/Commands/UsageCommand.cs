using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop usage</c>: what was spent on which day, or in which month (UTC).</summary>
internal static class UsageCommand
{
    public static Command Create(CommonOptions options)
    {
        var monthly = new Option<bool>("--monthly") { Description = "By month instead of by day" };
        var from = new Option<string?>("--from") { Description = "First day, such as 2026-11-01 (UTC)" };
        var to = new Option<string?>("--to") { Description = "Last day" };
        return new Command("usage", "What was spent on which day, or in which month (UTC)") { monthly, from, to }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                var (first, last) = (Day(context.Get(from), "--from"), Day(context.Get(to), "--to"));
                await using var source = context.OpenSource();
                var loops = await LoopReports.ReadAsync(context.Io, source, null, cancellationToken).ConfigureAwait(false);
                var periods = UsageReport.Of(loops, context.Get(monthly), first, last);
                if (context.Io.Json)
                {
                    context.Io.WriteJson(writer => JsonSerializer.Serialize(writer, periods, ReportJson.Default.IReadOnlyListUsagePeriod));
                }
                else
                {
                    context.Io.Say(
                        [
                            context.Get(monthly) ? "month" : "day",
                            "loops",
                            "turns",
                            "tokens in",
                            "tokens out",
                            "cached",
                            "cost",
                            "sandbox s",
                        ],
                        periods.Select(p =>
                            new[]
                            {
                                p.Period,
                                Number(p.Loops),
                                Number(p.Turns),
                                Number(p.TokensIn),
                                Number(p.TokensOut),
                                Number(p.TokensCached),
                                Number(p.Cost),
                                p.SandboxSeconds.ToString("0.0", CultureInfo.InvariantCulture),
                            }
                        )
                    );
                }

                return 0;
            });
    }

    private static DateOnly? Day(string? text, string option) =>
        text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw new BadInputException("usage", option, $"'{text}' is no day; write it as 2026-11-30");

    private static string Number(decimal value) => value.ToString("#,0.######", CultureInfo.InvariantCulture);
}
