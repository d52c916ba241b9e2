using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using static System.FormattableString;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// How strong a green gate is. A canary: failing checks of ours must turn it red. A counterfactual: the part of the change that steers
/// verification must not be what made it green. Sabotage: a part of the change that is taken back should be noticed.
/// </summary>
public static class StrengthRules
{
    /// <summary>Recorded when a base is imported, so that older loops replay by the rules they had.</summary>
    public const int Version = 2;

    /// <summary>What a spec gets that asks for a share and names no bound.</summary>
    public const int DefaultSabotage = 8;

    /// <summary>The first version in which a person is asked last, once, for all reasons.</summary>
    private const int ReviewsSince = 2;

    private const int NonceLength = 20;
    private const int MostShown = 10;

    /// <summary>The next test that is due, or what came out to be wrong; neither when the gate has shown what it must.</summary>
    public static StrengthNeed Next(LoopState state, CommandGate gate)
    {
        if (state.Imported.Strength is null)
        {
            return default;
        }

        return Canary(state, gate) is var canary && !canary.IsNone ? canary
            : Counterfactual(state, gate) is var counterfactual && !counterfactual.IsNone ? counterfactual
            : Sabotage(state, gate);
    }

    /// <summary>What is not green by itself waits for a person at the end of the attempt, with every reason there is.</summary>
    public static bool Reviews(LoopState state) => state.Imported.Strength >= ReviewsSince;

    /// <summary>What is known of the strength of a gate on the change as it is.</summary>
    public static GateStrength Of(LoopState state, CommandGate gate)
    {
        var (noticed, tried) = (0, 0);
        foreach (var probe in SabotageRuns(state, gate))
        {
            tried++;
            noticed += IsGreen(probe) ? 0 : 1;
        }

        return new GateStrength
        {
            Canary = WordOf(Probed(state, gate, GatePhase.Canary)),
            Counterfactual = WordOf(Probed(state, gate, GatePhase.Counterfactual)),
            Tests = state.GateResults.GetValueOrDefault(gate.Name)?.Tests,
            Noticed = tried > 0 ? noticed : null,
            Tried = tried > 0 ? tried : null,
        };
    }

    public static string NonceOf(LoopState state) => $"loopcluster-canary-{state.Head.ToString()[..NonceLength]}";

    /// <summary>One of the tests of a gate that a proof tells of, to be run again.</summary>
    /// <param name="gate">As the proof has it.</param>
    /// <param name="part">Of sabotage, from 1.</param>
    public static RunGate Again(LoopState state, CommandGate gate, GatePhase phase, int part) =>
        new(
            gate,
            new GateStarted
            {
                Gate = gate.Name,
                Phase = phase,
                Tree = state.Workspace.Tree,
                Run = part,
                Try = 1,
                ReservedSeconds = gate.Timeout.Value.TotalSeconds,
                Nonce = phase == GatePhase.Canary ? NonceOf(state) : null,
            }
        );

    private static StrengthNeed Canary(LoopState state, CommandGate gate)
    {
        if (gate.Canary is { Count: 0 })
        {
            return default;
        }

        var seen = Probed(state, gate, GatePhase.Canary);
        return seen switch
        {
            null => new StrengthNeed { Phase = GatePhase.Canary, Run = 1 },
            { Outcome: GateOutcome.NotProbed } when gate.Strength?.Canary == true => new StrengthNeed
            {
                Missing =
                    $"gate '{gate.Name}' must have a canary (strength.canary) and none is known for its command: give 'canary: {{ path: text }}' with a check that fails",
            },
            _ when IsGreen(seen) => new StrengthNeed
            {
                Fault =
                    $"gate-fooled: gate '{gate.Name}' stays green with failing checks added ({seen.Probe?.Fooled ?? Shown(seen.Probe?.Paths)}), so what makes it green is not that the code is right",
            },
            _ => default,
        };
    }

    private static StrengthNeed Counterfactual(LoopState state, CommandGate gate)
    {
        if (gate.Baseline != GateBaseline.Red || !MaySteer(state))
        {
            return default;
        }

        var seen = Probed(state, gate, GatePhase.Counterfactual);
        return seen is null ? new StrengthNeed { Phase = GatePhase.Counterfactual, Run = 1 }
            // Whether tests or builds are the goal itself is for a person to say.
            : IsGreen(seen) && seen.Probe?.Whole == true ? new StrengthNeed { Person = true }
            : IsGreen(seen)
                ? new StrengthNeed
                {
                    Fault =
                        $"gate-fooled: gate '{gate.Name}' is green on the base with nothing but {Shown(seen.Probe?.Paths)} of the change, which steer it: they may not be what meets the goal",
                }
            : default;
    }

    /// <summary>False when the change is known to the last path, and none of it steers.</summary>
    private static bool MaySteer(LoopState state) =>
        state.Workspace.Changed.Count < state.Workspace.Files || SteeringPart.Of(state.Spec, state.Workspace.Changed).Count > 0;

    private static StrengthNeed Sabotage(LoopState state, CommandGate gate)
    {
        if (BoundOf(gate) is not { } bound)
        {
            return default;
        }

        var runs = SabotageRuns(state, gate).ToList();
        if (runs.Count < bound && (runs.Count == 0 || (runs[^1].Outcome != GateOutcome.NotProbed && runs.Count < runs[^1].Probe?.Of)))
        {
            return new StrengthNeed { Phase = GatePhase.Sabotage, Run = runs.Count + 1 };
        }

        var tried = runs.Where(r => r.Outcome != GateOutcome.NotProbed).ToList();
        var unseen = tried.Where(IsGreen).ToList();
        return gate.Strength?.Sabotage is { } share && tried.Count > 0 && tried.Count - unseen.Count < share * tried.Count
            ? new StrengthNeed
            {
                Fault = Invariant(
                    $"gate '{gate.Name}' notices {tried.Count - unseen.Count} of {tried.Count} parts of the change when they are taken back, {share:0.##} of them are wanted; it does not look at {Shown([.. unseen.SelectMany(u => u.Probe!.Paths)])}"
                ),
            }
            : default;
    }

    private static int? BoundOf(CommandGate gate) => gate.Sabotage ?? (gate.Strength?.Sabotage is null ? null : DefaultSabotage);

    private static IEnumerable<GateCompleted> SabotageRuns(LoopState state, CommandGate gate)
    {
        for (var run = 1; Probed(state, gate, GatePhase.Sabotage, run) is { } probe; run++)
        {
            yield return probe;
        }
    }

    private static GateCompleted? Probed(LoopState state, CommandGate gate, GatePhase phase, int run = 1) =>
        state.Probes.GetValueOrDefault(new ProbeKey(gate.Name, phase, run)) is { } found && found.Tree == state.Workspace.Tree
            ? found
            : null;

    private static bool IsGreen(GateCompleted probe) => !ProbeText.IsAsItShould(probe);

    private static string? WordOf(GateCompleted? probe) =>
        probe switch
        {
            null => null,
            { Outcome: GateOutcome.NotProbed } => "none",
            _ when IsGreen(probe) => "green",
            { Probe.Seen: true } => "seen",
            _ => "red",
        };

    private static string Shown(IReadOnlyList<string>? paths) =>
        paths is not { Count: > 0 } ? "no path"
        : paths.Count <= MostShown ? string.Join(", ", paths)
        : Invariant($"{string.Join(", ", paths.Take(MostShown))} and {paths.Count - MostShown} more");
}

/// <summary>What is due for a gate's strength; all empty when nothing is.</summary>
public readonly record struct StrengthNeed
{
    public GatePhase? Phase { get; init; }

    public int Run { get; init; }

    /// <summary>The attempt has failed: its gate is green for another reason than the code.</summary>
    public string? Fault { get; init; }

    /// <summary>The spec asks for what cannot be had.</summary>
    public string? Missing { get; init; }

    /// <summary>The change is all of what steers verification: a person is asked.</summary>
    public bool Person { get; init; }

    internal bool IsNone => Phase is null && Fault is null && Missing is null && !Person;
}

/// <summary>
/// What a gate showed of itself. In words: <c>seen</c> (our checks failed in its output), <c>red</c>, <c>green</c>, <c>none</c>.
/// </summary>
public sealed record GateStrength
{
    public string? Canary { get; init; }

    public string? Counterfactual { get; init; }

    /// <summary>How many tests ran on the change.</summary>
    public int? Tests { get; init; }

    /// <summary>Parts of the change whose loss was noticed.</summary>
    public int? Noticed { get; init; }

    /// <summary>Parts of the change that were taken back.</summary>
    public int? Tried { get; init; }
}
