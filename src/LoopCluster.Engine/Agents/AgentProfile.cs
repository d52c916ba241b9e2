using System.Diagnostics;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Agents;

/// <summary>What the agents of a role are told first, and whether they act. Another role is another of these.</summary>
/// <param name="Acts">It has the loop's tools. One that does not is asked for a text.</param>
internal sealed record AgentProfile(string Intro, bool Acts)
{
    private static readonly AgentProfile s_maker = new(
        """
        You work on the files in /workspace until the goal is met. You act only through the tools; each shell command runs in a fresh container without a network, and only files in /workspace outlive it.
        Gates decide whether you succeeded: commands that run on a clean checkout of your change, where you have no influence on them. What you say about your work counts for nothing; a failing gate's raw output comes back to you.
        Files that git ignores do not reach the gates. When you believe the goal is met, call the tool `done`.
        """,
        Acts: true
    );

    private static readonly AgentProfile s_planner = new(
        "You plan the work on the files in /workspace. Another model will carry the plan out with tools for reading, editing and running commands. Reply with a short numbered plan and nothing else.",
        Acts: false
    );

    private static readonly AgentProfile s_judge = new("You judge a change to the files of a workspace.", Acts: false) { Reads = true };

    private static readonly AgentProfile s_explorer = new("You explore the files of a workspace.", Acts: false) { Reads = true };

    /// <summary>It may look at the files, and nothing else.</summary>
    public bool Reads { get; private init; }

    public IReadOnlyList<ToolDefinition> ToolsOf(LoopCreated created) =>
        Acts ? created.Tools
        : Reads
            ? [.. created.Tools.Where(t => Tools.ToolNames.Reading.Contains(t.Name) && t is { Class: EffectClass.Pure, Sandbox: false })]
        : [];

    /// <summary>Those of them that have something to work on: without skills there is none to read, without a plan no step.</summary>
    public IReadOnlyList<ToolDefinition> ToolsOf(LoopCreated created, BaseImported imported, bool hasPlan)
    {
        var tools = ToolsOf(created);
        return tools.All(Has) ? tools : [.. tools.Where(Has)];

        bool Has(ToolDefinition tool) =>
            tool.Name switch
            {
                Tools.ToolNames.ReadSkill => imported.Skills is not null,
                Tools.ToolNames.StepDone => hasPlan,
                _ => true,
            };
    }

    public static AgentProfile Of(string agent) =>
        AgentNames.RoleOf(agent) switch
        {
            AgentNames.Make => s_maker,
            AgentNames.Plan => s_planner,
            AgentNames.Judge => s_judge,
            AgentNames.Explore => s_explorer,
            var role => throw new UnreachableException($"no profile for agents of the role '{role}'"),
        };
}
