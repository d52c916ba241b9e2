using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Plans;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Context;

/// <summary>The first message: who the model is, the goal, and the repository's rules.</summary>
internal static class SystemText
{
    private const int MostKept = 20;

    public static string Write(in RequestHead head, TextLimits texts)
    {
        var (imported, spec) = (head.Imported, head.Spec);
        var plans = head.Created.Plans is not null && ReferenceEquals(head.Profile, AgentProfile.Of(AgentNames.Plan));
        var text = $"{(plans ? PlanText.Intro : head.Profile.Intro)}\n\n# Goal\n{spec.Goal.Trim()}";
        text += RulesText.Write(imported, texts);
        var gates = string.Concat(
            spec.Gates.Select(g =>
                $"\n- {g.Name}{(g is CommandGate command ? $": `{command.Run}`" : ": other models judge the change once every command has passed; they see its diff and not what you say")}"
                + (g.Protect.Count == 0 ? "" : $" (your changes to {string.Join(", ", g.Protect)} do not count)")
            )
        );
        if (gates.Length > 0)
        {
            text += $"\n\n# Gates{gates}";
        }

        if (imported.Protection is { Files: > 0 } kept)
        {
            var more = kept.Files > MostKept ? $" and {kept.Files - MostKept} more" : "";
            text +=
                $"\nThe gates see these files as they were before you, whatever you do to them; new tests are welcome: {texts.Clip(string.Join(", ", kept.Names.Take(MostKept)))}{more}";
        }

        if (head.Explored is { Length: > 0 } explored)
        {
            text += $"\n\n# What an explorer found\n{texts.Clip(explored.Trim())}";
        }

        return head.Plan is { Length: > 0 } plan ? $"{text}\n\n# Plan\n{texts.Clip(plan.Trim())}" : text;
    }
}
