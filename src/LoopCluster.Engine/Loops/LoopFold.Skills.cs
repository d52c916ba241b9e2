using LoopCluster.Engine.Events;
using LoopCluster.Engine.Skills;

namespace LoopCluster.Engine.Loops;

/// <summary>Skills: those that an attempt is shown.</summary>
public static partial class LoopFold
{
    private static LoopState OnSkillsChosen(LoopState state, SkillsChosen e) =>
        state.Open is null && state.Stage == LoopStage.Execute && e.Attempt == state.Attempt && SkillRules.AreDue(state)
            ? state with
            {
                Skills = e,
                InfrastructureFailures = 0,
                Outage = null,
                NotBefore = default,
            }
            : Unfit(state, e, "no skills are due");
}
