using System.Globalization;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Bench.Cluster.Chaos.Verification;

/// <summary>
/// Holds what a loop's witnesses saw begin against its ledger: every begin has an intent of its own, and none comes after the ledger held
/// the step's completion.
/// </summary>
internal static class StepCheck
{
    /// <returns>What was begun again, one line each.</returns>
    public static IEnumerable<string> FindRepeats(IReadOnlyList<LedgerEntry> entries, string loop, WitnessBook book)
    {
        var durable = book.DurableBy(loop, entries[^1].Seq);
        var steps = Steps(entries);
        foreach (
            var begins in book.Of(loop)
                .Where(line => line.Text.Contains(" start ", StringComparison.Ordinal))
                .GroupBy(line => KeyOf(line.Text, entries))
        )
        {
            if (begins.Key is not { } key)
            {
                continue;
            }

            if (!steps.TryGetValue(key, out var step))
            {
                yield return $"{key} was begun and the ledger has no intent of it";
                continue;
            }

            var times = begins.Select(line => line.At).ToArray();
            if (times.Length > step.Intents)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{key} was begun {times.Length} times on {step.Intents} intents");
            }

            if (step.Completed is { } seq && begins.FirstOrDefault(line => line.At > durable[seq]) is { } late)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{key} was begun by {late.Life.Silo.Name} after entry {seq} had completed it"
                );
            }
        }
    }

    private static Dictionary<string, Step> Steps(IReadOnlyList<LedgerEntry> entries)
    {
        var steps = new Dictionary<string, Step>(StringComparer.Ordinal);
        ModelRequested? asked = null;
        foreach (var (entry, happened) in entries.SelectMany(entry => entry.Events.Select(happened => (entry, happened))))
        {
            switch (happened)
            {
                case ModelRequested request:
                    asked = request;
                    Of(ModelKey(request.Agent, request.Turn)).Intents++;
                    break;
                case ModelReplied:
                    Of(ModelKey(asked!.Agent, asked.Turn)).Completed = entry.Seq;
                    break;
                case ToolRequested request:
                    Of(ToolKey(request.Call)).Intents++;
                    break;
                case ToolCompleted completed:
                    Of(ToolKey(completed.Call)).Completed = entry.Seq;
                    break;
                case GateStarted gate:
                    Of(GateKey(gate.Gate)).Intents++;
                    break;
            }
        }

        return steps;

        Step Of(string key) => steps.TryGetValue(key, out var step) ? step : steps[key] = new Step();
    }

    /// <summary>
    /// A gate is run again on every new tree, so its begins are only counted. Of sandbox calls only gates are looked at: the others are
    /// their tools'.
    /// </summary>
    private static string? KeyOf(string line, IReadOnlyList<LedgerEntry> entries) =>
        line.Split(' ') switch
        {
            ["model", "start", var role, var turn] => ModelKey(role, int.Parse(turn, CultureInfo.InvariantCulture)),
            ["tool", "start", var call, _] => ToolKey(call),
            ["sandbox", "start", ..] when GateOf(line["sandbox start ".Length..], entries) is { } gate => GateKey(gate),
            _ => null,
        };

    private static string? GateOf(string command, IReadOnlyList<LedgerEntry> entries) =>
        (entries[0].Events[0] as LoopCreated)
            ?.Spec.Gates.OfType<CommandGate>()
            .FirstOrDefault(gate => gate.Run.Split('\n')[0] == command)
            ?.Name;

    private static string ModelKey(string role, int turn) => string.Create(CultureInfo.InvariantCulture, $"model call {role} {turn}");

    private static string ToolKey(string call) => $"tool call {call}";

    private static string GateKey(string gate) => $"gate {gate}";

    private sealed class Step
    {
        public int Intents { get; set; }

        /// <summary>Entry of its completion.</summary>
        public long? Completed { get; set; }
    }
}
