using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Policy;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Plans;

/// <summary>
/// What a planner's reply comes to, and when a step is done. A plan orders the work and shows how far it is; whether the loop succeeded is
/// for its gates alone to say.
/// </summary>
public static class PlanRules
{
    /// <summary>Loops without it (<see cref="LoopCreated.Plans"/>) have a plan that is a text.</summary>
    public const int Version = 1;

    /// <summary>Replies of the planner; then the loop goes on without a plan.</summary>
    public const int MostTries = 3;

    /// <summary>The tool whose command a step's gate is judged as by the policy: it is as much the model's own.</summary>
    private const string Shell = "shell";

    /// <summary>A plan is to be made before the first attempt.</summary>
    internal static bool IsDue(LoopState state) =>
        state.Spec.Plan && (state.Created.Plans is null ? state.Plan is null : !state.Planning.IsOver);

    /// <summary>What the unread reply comes to.</summary>
    internal static LoopEvent Judge(LoopState state)
    {
        var tried = state.Planning.Refused + 1;
        var steps = PlanReader.Read(state.Planning.Reply!, out var fault);
        fault = steps is null ? fault : steps.Select(s => GateFault(state, s)).FirstOrDefault(f => f is not null) ?? "";
        return fault.Length == 0 ? new PlanMade(tried, steps!) : new PlanRefused(tried, fault, tried >= MostTries);
    }

    /// <summary>The step that a call of the maker names, when it may be checked now.</summary>
    /// <param name="fault">Else why not, for the maker.</param>
    public static PlanStep? Find(LoopState state, string id, out string fault)
    {
        fault = "";
        if (state.Planning.Steps is not { } steps)
        {
            fault = "this loop has no plan";
            return null;
        }

        if (steps.FirstOrDefault(s => s.Id == id) is not { } step)
        {
            fault = $"the plan has no step of that id. Steps: {string.Join(", ", steps.Select(s => s.Id))}";
            return null;
        }

        fault =
            state.Planning.IsDone(id) ? $"step '{id}' is done already"
            : state.Planning.WaitsFor(step) is { Count: > 0 } before ? $"step '{id}' waits for {string.Join(", ", before)}"
            : "";
        return fault.Length == 0 ? step : null;
    }

    /// <summary>As a gate of the loop's own, but that nothing else rests on it.</summary>
    public static CommandGate GateOf(PlanStep step) => new() { Name = $"step-{step.Id}", Run = step.Gate! };

    /// <param name="run">Of the step's gate; null where it has none.</param>
    public static StepChecked Conclude(PlanStep step, string tree, GateRun? run)
    {
        GateOutcome? outcome = run is null ? null : GateVerdict.Of(GateOf(step), GatePhase.Verify, run);
        return new StepChecked
        {
            Step = step.Id,
            Done = outcome is null or GateOutcome.Passed,
            Tree = tree,
            Outcome = outcome,
            End = run?.End,
            ExitCode = run?.ExitCode,
            Steering = run?.Steering is { Count: > 0 } steering ? steering : null,
            Blocked = run?.Blocked is { Count: > 0 } blocked ? blocked : null,
        };
    }

    /// <summary>What is wrong with a recorded check, or null.</summary>
    internal static string? Fault(LoopState state, StepChecked e)
    {
        if (Find(state, e.Step, out var fault) is not { } step)
        {
            return $"step '{e.Step}' is checked: {fault}";
        }

        var run = e.End is { } end
            ? new GateRun
            {
                End = end,
                ExitCode = e.ExitCode,
                Steering = e.Steering ?? [],
                Blocked = e.Blocked ?? [],
                Output = OutputText.Inline(""),
            }
            : null;
        return run is null != step.Gate is null ? $"step '{e.Step}' is checked {(run is null ? "without" : "by")} a gate"
            : Conclude(step, e.Tree, run) is var right && (right.Done, right.Outcome) != (e.Done, e.Outcome)
                ? $"step '{e.Step}' is {right.Outcome} by what was recorded of its gate, and the ledger says {e.Outcome}"
            : null;
    }

    private static string? GateFault(LoopState state, PlanStep step)
    {
        if (step.Gate is not { } command)
        {
            return null;
        }

        var arguments = JsonSerializer.SerializeToElement(
            new Dictionary<string, string> { ["command"] = command },
            PlanJson.Default.DictionaryStringString
        );
        var decision = PolicyEvaluator.Decide(state.Spec.Policy, state.Imported.WorkspacePolicy, Shell, arguments);
        return decision.Effect == PolicyEffect.Allow
            ? null
            : $"the gate of step '{step.Id}' is a command that the policy does not allow ({decision.Rule}): leave it out, or take another";
    }
}
