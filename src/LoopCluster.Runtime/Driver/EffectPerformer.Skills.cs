using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Skills;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Skills: the engine chooses among those at hand, and the bodies that are shown are durable before the ledger names them.
/// </summary>
internal sealed partial class EffectPerformer
{
    private async Task<SkillsChosen> ChooseSkillsAsync(LoopState state, CancellationToken cut)
    {
        var skills = ports.Skills ?? throw new InfrastructureException("effect-failed", "this host has no place for the skills of a loop");
        var libraries = await skills.ReadAsync(state.Imported.Skills, cut).ConfigureAwait(false);
        var chosen = SkillRules.Choose(state, libraries);
        foreach (var skill in chosen.Chosen)
        {
            if ((skill.Text ?? skill.Content) is { } body)
            {
                await ports.Blobs.PutAsync(Encoding.UTF8.GetBytes(body), CancellationToken.None).ConfigureAwait(false);
            }
        }

        return chosen;
    }
}
