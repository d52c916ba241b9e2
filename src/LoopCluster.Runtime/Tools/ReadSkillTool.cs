using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Skills;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Skills;

namespace LoopCluster.Runtime.Tools;

/// <summary>Reads a skill of the loop, also one that was not chosen for the attempt.</summary>
/// <param name="libraries">Null: libraries are read from the blob store each time.</param>
internal sealed class ReadSkillTool(SkillLibraries? libraries) : ITool
{
    private const int MostNear = 5;

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            ToolNames.ReadSkill,
            "Read a skill (a guide to a kind of work) by its name. A name that is none finds the skills nearest to its words. Shows at most 8 KiB at a time. "
                + "start and end are line numbers from 1, both included.",
            """
            {"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":200},"start":{"type":"integer","minimum":1},"end":{"type":"integer","minimum":1}},"required":["name"],"additionalProperties":false}
            """,
            EffectClass.Pure
        );

    public bool UsesWorkspace => false;

    public async ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var name = invocation.Arguments.Text("name").Trim();
        using var own = libraries is null ? new SkillLibraries(invocation.Blobs, TimeProvider.System, null) : null;
        var all = await (libraries ?? own!).ReadAsync(invocation.State.Imported.Skills, cancellationToken).ConfigureAwait(false);
        if (SkillSearch.Named(all, name) is { } hit)
        {
            return LineWindow.Show(
                Encoding.UTF8.GetBytes(hit.Skill.Body),
                invocation.Arguments.OptionalInteger("start"),
                invocation.Arguments.OptionalInteger("end"),
                int.MaxValue
            );
        }

        var near = SkillSearch.Find(all, SkillQuery.Of(name), MostNear);
        return ToolSchema.Error(
            all.Count == 0 ? "this loop has no skills"
            : near.Count == 0 ? "there is no skill of that name, and none with its words"
            : $"there is no skill of that name. Nearest: {string.Join("; ", near.Select(n => $"{n.Skill.Name} ({n.Skill.Description})"))}"
        );
    }
}
