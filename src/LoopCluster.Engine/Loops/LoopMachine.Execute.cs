using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Skills;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Loops;

/// <summary>Execute: turns of model and tools until the attempt claims to be finished.</summary>
public static partial class LoopMachine
{
    private static LoopEffect Execute(LoopState state)
    {
        var done = state.FailedAttempts.Count;
        var maker = state.Agents[AgentNames.Make];
        if (state.Attempt == done)
        {
            if (maker.Unheard > 0)
            {
                return Decide(new StageEntered(LoopStage.Iterate));
            }

            var allowed = state.Spec.Mode == LoopMode.SingleShot ? 1 : state.Spec.Budget.Attempts;
            return done - state.InheritedAttempts >= allowed
                ? Stop(LoopStatus.BudgetExhausted, $"attempts: {allowed} allowed, all failed; the last one: {LastFailure(state)}")
                : Decide(new AttemptStarted(done + 1));
        }

        if (SkillRules.AreDue(state))
        {
            return new ChooseSkills { NotBefore = state.NotBefore };
        }

        if (state.Approval is not null)
        {
            return new Wait();
        }

        if (state.Exploring is { } exploring)
        {
            return Explore(state, exploring);
        }

        if (state.NextCall is { } call)
        {
            if (state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds < 1)
            {
                return NoSandboxSeconds(state);
            }

            var admitted = ToolAdmission.Admit(state, call, state.InfrastructureFailures > 0 ? state.NotBefore : default);
            return admitted is RunTool { Call.Name: ToolNames.Explore } asks ? Decide(ExploreRules.Start(state, asks)) : admitted;
        }

        if (StuckReason(state) is { } reason)
        {
            return AskAbove(state, maker) ?? Stop(LoopStatus.Stuck, reason);
        }

        if (maker.Unheard > ReplyFaults.MostInRow)
        {
            var why = ReplyFaults.Reason(maker.LastFault, maker.Unheard);
            // No gate judged these files: a later attempt may well end on the same.
            return Decide(new AttemptFailed(state.Attempt, why, Gates.FailureSignature.Of(why), Tree: ""));
        }

        return state.Claimed ? Decide(new StageEntered(LoopStage.Verify)) : Ask(state, maker);
    }
}
