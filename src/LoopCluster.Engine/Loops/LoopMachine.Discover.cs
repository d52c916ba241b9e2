using System.Diagnostics;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// Discover: import and prepare the base, then every gate on it. Red first: a gate that is green before any work decides nothing.
/// </summary>
public static partial class LoopMachine
{
    private static LoopEffect Discover(LoopState state)
    {
        if (state.ImportFailure is { } refused)
        {
            return Stop(LoopStatus.Rejected, InputFault.Join(refused.Faults));
        }

        if (!state.IsImported)
        {
            return new ImportBase { NotBefore = state.NotBefore };
        }

        if (state.PrepareFailure is { } failure)
        {
            return Stop(LoopStatus.GateUnavailable, failure.Message);
        }

        if (state.Prepared is null)
        {
            return Prepare(state);
        }

        foreach (var gate in state.Spec.Gates.OfType<CommandGate>())
        {
            if (!state.Baseline.TryGetValue(gate.Name, out var baseline))
            {
                return StartGate(state, gate, GatePhase.Baseline, state.Base.Tree, 1);
            }

            if (FlakeRules.MayRunAgain(state, gate, baseline))
            {
                return StartGate(state, gate, GatePhase.Baseline, state.Base.Tree, 1, (baseline.Rerun ?? 0) + 1);
            }

            if (BaselineFault(gate, baseline) is { } fault)
            {
                return fault;
            }

            if (Measure(state, gate) is { } measure)
            {
                return measure;
            }
        }

        if (ExploreFirst(state) is { } exploring)
        {
            return exploring;
        }

        return Decide(new StageEntered(Plans.PlanRules.IsDue(state) ? LoopStage.Plan : LoopStage.Execute));
    }

    private static LoopEffect Prepare(LoopState state)
    {
        var left = state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds;
        if (left < 1 && state.Spec.Prepare is not null)
        {
            return NoSandboxSeconds(state);
        }

        var start = new PrepareStarted(
            state.InfrastructureFailures + 1,
            state.Spec.Prepare is { } prepare ? Math.Min(left, prepare.Timeout.Value.TotalSeconds) : 0
        );
        return new PrepareBase(start) { Intent = start, NotBefore = state.NotBefore };
    }

    private static Record? BaselineFault(GateSpec gate, GateCompleted baseline) =>
        BaselineFault(gate, baseline, (gate as CommandGate)?.Evidence);

    private static Record? BaselineFault(GateSpec gate, GateCompleted baseline, string? evidence) =>
        (gate.Baseline, baseline.Outcome) switch
        {
            (_, GateOutcome.NotRun) when baseline.Missing is { } missing => Stop(
                LoopStatus.GateUnavailable,
                $"gate '{gate.Name}' did not run on the base (exit code {baseline.ExitCode}): {missing.Name} is missing in the sandbox ({missing.Line}). Install it with 'prepare', give an 'image' "
                    + "that has it, or mend the command."
            ),
            (_, GateOutcome.Failed) when baseline.Missing is { } missing => Stop(
                LoopStatus.GateUnavailable,
                $"gate '{gate.Name}' did not run on the base: {missing.Name} is missing in the sandbox ({missing.Line}). Install it with 'prepare', give an 'image' that has it, or mend "
                    + "the command. If this failure is what the task is about, give the gate an 'evidence' that its output shows all the same."
            ),

            // A pass that shows no evidence is none: on the base that is as red as any other failure.
            (GateBaseline.Red, GateOutcome.Failed or GateOutcome.NoEvidence) or (GateBaseline.Pass, GateOutcome.Passed) => null,
            (GateBaseline.Red, GateOutcome.Passed) => Stop(
                LoopStatus.Rejected,
                $"gate '{gate.Name}' already passes on the base: it cannot tell whether the goal is met. Give a gate that fails now, or declare it 'baseline: pass' beside one that does."
            ),
            (GateBaseline.Pass, GateOutcome.Failed) => Stop(
                LoopStatus.Rejected,
                $"gate '{gate.Name}' is declared 'baseline: pass' but fails on the base (exit code {baseline.ExitCode}): {VerdictText.LastLine(baseline.Output)}. Mend the base, or drop the declaration."
            ),
            (_, GateOutcome.Timeout) => Stop(
                LoopStatus.GateUnavailable,
                $"gate '{gate.Name}' did not end within {gate.Timeout} on the base. Raise its timeout or make it faster."
            ),
            (_, GateOutcome.Steered) => Stop(
                LoopStatus.GateUnavailable,
                $"gate '{gate.Name}' replaces what it rests on while it runs, and so decides nothing: {string.Join(", ", (baseline.Steering ?? []).Take(20))}. Let it write elsewhere, or declare it 'protect: none'."
            ),
            (_, GateOutcome.OutOfMemory) => Stop(
                LoopStatus.GateUnavailable,
                $"gate '{gate.Name}' ran out of memory on the base. Raise sandbox.memory."
            ),
            (_, GateOutcome.NoEvidence) => Stop(
                LoopStatus.GateUnavailable,
                $"gate '{gate.Name}' ended with exit code 0 on the base, but its output does not match its evidence /{evidence}/: {VerdictText.LastLine(baseline.Output)}"
            ),
            _ => Stop(
                LoopStatus.GateUnavailable,
                $"gate '{gate.Name}' did not run on the base ({(baseline.ExitCode is { } code ? $"exit code {code}" : "no exit code")}{(evidence is null ? "" : $", evidence /{evidence}/ wanted")}): {VerdictText.LastLine(baseline.Output)}"
            ),
        };

    private static LoopEffect StartGate(LoopState state, GateSpec gate, GatePhase phase, string tree, int run, int rerun = 0)
    {
        var left = state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds;
        if (left < 1)
        {
            return NoSandboxSeconds(state);
        }

        var start = new GateStarted
        {
            Gate = gate.Name,
            Phase = phase,
            Tree = tree,
            Run = run,
            Try = state.InfrastructureFailures + 1,
            ReservedSeconds = Math.Min(left, gate.Timeout.Value.TotalSeconds),
            Rerun = rerun > 0 ? rerun : null,
            Nonce = phase == GatePhase.Canary ? StrengthRules.NonceOf(state) : null,
        };
        return Run(gate, start) with { Intent = start, NotBefore = state.NotBefore };
    }

    private static RunGate Run(GateSpec gate, GateStarted start) =>
        gate switch
        {
            CommandGate command => new RunGate(command, start),
            _ => throw new UnreachableException($"no rule to run a {gate.GetType().Name}"),
        };

    private static Record NoSandboxSeconds(LoopState state) =>
        Stop(
            LoopStatus.BudgetExhausted,
            Plain($"sandboxSeconds: {state.Spec.Budget.SandboxSeconds:0.#} allowed, {state.Spend.SandboxSeconds:0.#} used")
        );
}
