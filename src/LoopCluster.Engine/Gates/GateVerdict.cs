using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>What a run of a gate says. The one place: loops, proofs that run a gate again and replay ask here.</summary>
public static class GateVerdict
{
    /// <summary>A shell's codes for: the engine failed, not executable, not found.</summary>
    private const int FirstNotStarted = 125;
    private const int LastNotStarted = 127;

    /// <summary>Paths a completed gate names at most.</summary>
    private const int MostNamed = 100;

    /// <summary>Fail closed: only exit code 0, with the evidence that was asked for, is a pass.</summary>
    /// <param name="least">Tests that ran on the base, where a pass must show as many.</param>
    public static GateOutcome Of(CommandGate gate, GatePhase phase, GateRun run, int? least = null) =>
        run switch
        {
            { Probe: { Kind: null } } => GateOutcome.NotProbed,
            { End: RunEnd.Unavailable } => GateOutcome.Unavailable,
            { End: RunEnd.CutOff } => GateOutcome.Aborted,
            { Steering: [_, ..] } => GateOutcome.Steered,
            { Blocked: [_, ..] } => GateOutcome.Failed,
            { End: RunEnd.TimedOut } => GateOutcome.Timeout,
            { End: RunEnd.OutOfMemory } => GateOutcome.OutOfMemory,
            { ExitCode: null } => GateOutcome.Unavailable,
            { Unwritten: true } when phase == GatePhase.Baseline => GateOutcome.Failed,
            { ExitCode: >= FirstNotStarted and <= LastNotStarted } => GateOutcome.NotRun,
            { ExitCode: not 0 } => GateOutcome.Failed,
            // A canary that did not fail says what it says with its exit code alone.
            _ when phase == GatePhase.Canary => GateOutcome.Passed,
            _ when gate.Evidence is not null && run.Evidence != true => GateOutcome.NoEvidence,
            _ => phase == GatePhase.Verify && (run.Tests ?? 0) < least ? GateOutcome.FewerTests : GateOutcome.Passed,
        };

    /// <summary>Tests that a pass must show: as many as ran on the base, where its output said so.</summary>
    public static int? Least(LoopState state, GateSpec gate) =>
        gate.Unprotected || state.Imported.Strength is null ? null : state.Baseline.GetValueOrDefault(gate.Name)?.Tests;

    public static bool ShowsEvidence(string evidence, string output) =>
        LinearRegex.IsMatch(LinearRegex.Create(evidence, multiline: true), output);

    /// <summary>The event of a run that has ended.</summary>
    public static GateCompleted Conclude(CommandGate gate, GateStarted start, GateRun run, int? least = null) =>
        new()
        {
            Gate = start.Gate,
            Phase = start.Phase,
            Tree = start.Tree,
            Run = start.Run,
            Rerun = start.Rerun,
            Outcome = Of(gate, start.Phase, run, least),
            End = run.End,
            ExitCode = run.ExitCode,
            Evidence = run.Evidence,
            Unwritten = run.Unwritten,
            GateTree = run.GateTree ?? start.Tree,
            ImageId = run.ImageId,
            Output = run.Output,
            Restored = First(run.Restored),
            Steering = run.Steering.Count > 0 ? First(run.Steering) : null,
            Steers = run.Steers.Count > 0 ? First(run.Steers) : null,
            Blocked = run.Blocked.Count > 0 ? First(run.Blocked) : null,
            Scratch = run.Scratch,
            SandboxSeconds = run.SandboxSeconds,
            Missing = run.Missing,
            Tests = run.Tests,
            Failing = run.Failing,
            Probe = run.Probe,
        };

    /// <summary>In words why the gate of a proof, run again, does not pass; null when it does.</summary>
    public static string? Refutation(CommandGate gate, string tree, GateRun run)
    {
        var start = new GateStarted
        {
            Gate = gate.Name,
            Phase = GatePhase.Verify,
            Tree = tree,
            Run = 1,
            Try = 1,
            ReservedSeconds = gate.Timeout.Value.TotalSeconds,
        };
        return Conclude(gate, start, run) is { Outcome: not GateOutcome.Passed } result ? VerdictText.Of(gate, result) : null;
    }

    /// <summary>What is wrong with a recorded verdict, or null.</summary>
    public static string? Fault(LoopState state, GateCompleted e)
    {
        var gate = state.Spec.Gates.OfType<CommandGate>().FirstOrDefault(g => g.Name == e.Gate);
        var run = new GateRun
        {
            End = e.End,
            ExitCode = e.ExitCode,
            Evidence = e.Evidence,
            Unwritten = e.Unwritten,
            Steering = e.Steering ?? [],
            Blocked = e.Blocked ?? [],
            Output = e.Output,
            Tests = e.Tests,
            Probe = e.Probe,
        };
        return gate is not null && Of(gate, e.Phase, run, Least(state, gate)) is var outcome && outcome != e.Outcome
            ? $"the verdict on gate '{e.Gate}' is {outcome} by what was recorded of its run, and the ledger says {e.Outcome}"
            : null;
    }

    private static IReadOnlyList<string> First(IReadOnlyList<string> paths) =>
        paths.Count <= MostNamed ? paths : [.. paths.Take(MostNamed)];
}
