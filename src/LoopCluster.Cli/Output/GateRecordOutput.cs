using System.Globalization;
using LoopCluster.Cli.Commands;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Cli.Output;

/// <summary>The records of gates, for people and as JSON.</summary>
internal static class GateRecordOutput
{
    private const int MostCommand = 60;

    public static async Task<int> WriteAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var source = context.OpenSource();
        var gates = await source.GatesAsync(cancellationToken).ConfigureAwait(false);
        if (context.Io.Json)
        {
            context.Io.WriteJson(writer =>
                System.Text.Json.JsonSerializer.Serialize(writer, new GateList(gates), WireJson.Default.GateList)
            );
            return 0;
        }

        if (gates.Count == 0)
        {
            context.Io.Note("there are no loops, so no gate has shown anything");
            return 0;
        }

        context.Io.Say(
            ["gate", "tenant", "loops", "runs", "passed", "failed", "flakes", "canary", "sabotage", "false passes", "command"],
            gates.Select(g =>
                new[]
                {
                    g.Name,
                    g.Tenant,
                    Number(g.Loops),
                    Number(g.Runs),
                    Number(g.Passed),
                    Number(g.Failed),
                    Number(g.Flakes),
                    CanaryOf(g),
                    g.Strength.Tried == 0 ? "-" : $"{g.Strength.Noticed}/{g.Strength.Tried}",
                    g.Reviewed == 0 ? "-" : $"{g.FalsePasses} of {g.Reviewed}",
                    g.Run is { } run ? TerminalText.Line(run, MostCommand) : "judges",
                }
            )
        );
        foreach (var gate in gates.Where(g => g.Warning is not null))
        {
            context.Io.Say($"warning: gate {TerminalText.Clean(gate.Name)}: {gate.Warning}");
        }

        return 0;
    }

    private static string CanaryOf(GateRecord gate) =>
        gate.Kind != "command" ? "-"
        : gate.Strength is { CanarySeen: 0, CanaryRed: 0, CanaryGreen: 0 } none
            ? none.CanaryNone > 0 ? "none"
                : "-"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{gate.Strength.CanarySeen + gate.Strength.CanaryRed} red{(gate.Fooled > 0 ? $", fooled {gate.Fooled}" : "")}"
        );

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
