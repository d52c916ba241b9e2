using static System.FormattableString;

namespace LoopCluster.Engine.Reports;

/// <summary>The records of gates from the reports of their loops and what people said of these.</summary>
public static class GateRecords
{
    /// <summary>
    /// So many runs without a red one, and a gate is suspected: of one that fails every twentieth change, two in three would have failed by
    /// then.
    /// </summary>
    public const int Suspicious = 20;

    /// <summary>By tenant, name and command.</summary>
    public static IReadOnlyList<GateRecord> Of(IEnumerable<GateRecordSource> loops)
    {
        var all = new SortedDictionary<(string, string, string), GateRecord>(
            Comparer<(string, string, string)>.Create(
                (a, b) =>
                    string.CompareOrdinal(a.Item1, b.Item1) is not 0 and var tenant ? tenant
                    : string.CompareOrdinal(a.Item2, b.Item2) is not 0 and var name ? name
                    : string.CompareOrdinal(a.Item3, b.Item3)
            )
        );
        foreach (var loop in loops)
        {
            foreach (var gate in loop.Report.Gates)
            {
                var key = (loop.Tenant, gate.Name, $"{gate.Kind}\n{gate.Run}");
                all[key] = With(all.GetValueOrDefault(key) ?? New(loop.Tenant, gate), loop, gate);
            }
        }

        return
        [
            .. all.Values.Select(g =>
                g with
                {
                    Seconds = Math.Round(g.Seconds, 3),
                    ProbeSeconds = Math.Round(g.ProbeSeconds, 3),
                    Warning = WarningOf(g),
                }
            ),
        ];
    }

    private static GateRecord New(string tenant, ReportGate gate) =>
        new()
        {
            Tenant = tenant,
            Name = gate.Name,
            Kind = gate.Kind,
            Run = gate.Run,
            Strength = new GateRecordStrength(0, 0, 0, 0, 0, 0),
        };

    private static GateRecord With(GateRecord known, GateRecordSource loop, ReportGate gate)
    {
        var (tally, strength) = (gate.Tally, gate.Strength);
        var canary = strength?.Canary;
        return known with
        {
            Loops = known.Loops + 1,
            Verified = known.Verified + (loop.Report.Status == Engine.Loops.LoopStatus.Verified ? 1 : 0),
            Runs = known.Runs + tally.Runs,
            Passed = known.Passed + tally.Passed,
            Failed = known.Failed + tally.Failed,
            Flakes = known.Flakes + tally.Flakes,
            FlakyOnBase = known.FlakyOnBase + (tally.IsFlakyOnBase ? 1 : 0),
            Probes = known.Probes + tally.Probes,
            Fooled = known.Fooled + tally.Fooled,
            Reviewed = known.Reviewed + (loop.Verdict is null ? 0 : 1),
            FalsePasses = known.FalsePasses + (loop.Verdict == ReviewVerdict.Rejected ? 1 : 0),
            Seconds = known.Seconds + tally.Seconds,
            ProbeSeconds = known.ProbeSeconds + tally.ProbeSeconds,
            Strength = new GateRecordStrength(
                known.Strength.CanarySeen + (canary == "seen" ? 1 : 0),
                known.Strength.CanaryRed + (canary == "red" ? 1 : 0),
                known.Strength.CanaryGreen + (canary == "green" ? 1 : 0),
                known.Strength.CanaryNone + (canary == "none" ? 1 : 0),
                known.Strength.Noticed + (strength?.Noticed ?? 0),
                known.Strength.Tried + (strength?.Tried ?? 0)
            ),
        };
    }

    private static string? WarningOf(GateRecord gate) =>
        gate.FalsePasses > 0
            ? Invariant(
                $"people found {gate.FalsePasses} false {(gate.FalsePasses == 1 ? "pass" : "passes")} among {gate.Reviewed} reviewed: it does not look at what they did"
            )
        : gate is { Runs: >= Suspicious, Failed: 0 }
            ? Invariant($"never failed a change in {gate.Runs} runs: a verifier that never catches anything is probably broken")
        : gate.Runs > 0 && gate.Flakes * 5 > gate.Loops
            ? Invariant($"flaky in {gate.Flakes} of {gate.Loops} loops: mend it, or its red says little")
        : null;
}

/// <param name="Verdict">What a person said of it afterwards; null for nothing.</param>
public sealed record GateRecordSource(string Tenant, LoopReport Report, ReviewVerdict? Verdict = null);
