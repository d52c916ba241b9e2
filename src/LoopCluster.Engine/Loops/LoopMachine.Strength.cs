using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>Before a green change counts, its gates are tested themselves: would they have noticed?</summary>
public static partial class LoopMachine
{
    /// <returns>Null when every gate has shown what it must.</returns>
    private static LoopEffect? Probe(LoopState state, List<string> reasons)
    {
        CommandGate? asks = null;
        foreach (var gate in state.Spec.Gates.OfType<CommandGate>())
        {
            if (state.GateResults[gate.Name].Outcome != GateOutcome.Passed)
            {
                // One in quarantine says nothing that could be tested.
                continue;
            }

            var need = StrengthRules.Next(state, gate);
            if (need.Missing is { } missing)
            {
                return Stop(LoopStatus.GateUnavailable, missing);
            }

            if (need.Fault is { } fault)
            {
                return Fail(state, fault, FailureSignature.Of(fault));
            }

            if (need.Phase is { } phase)
            {
                return StartGate(state, gate, phase, state.Workspace.Tree, need.Run);
            }

            asks = need.Person ? gate : asks;
        }

        if (asks is not null && StrengthRules.Reviews(state))
        {
            reasons.Add($"the change is nothing but tests and settings, and gate '{asks.Name}' is green on the base with them");
            return null;
        }

        return asks is null ? null : AskForChange(state);
    }

    /// <returns>Null once a person has said yes to the change as it is.</returns>
    private static LoopEffect? AskForChange(LoopState state) =>
        state.Grant?.Asked is { Kind: ApprovalKind.Change } asked && asked.Tree == state.Workspace.Tree ? null
        : state.Approval is null ? Decide(new ApprovalAsked { Kind = ApprovalKind.Change, Tree = state.Workspace.Tree })
        : new Wait();
}
