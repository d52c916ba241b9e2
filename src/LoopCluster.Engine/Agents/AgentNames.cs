namespace LoopCluster.Engine.Agents;

/// <summary>
/// What agents are called: their role, and where several have one role, a further name behind a slash (<c>judge/security</c>). Specs and
/// scripts name roles, ledgers agents.
/// </summary>
public static class AgentNames
{
    public const string Make = "make";
    public const string Judge = "judge";
    public const string Explore = "explore";
    public const string Plan = "plan";

    /// <summary>The roles a spec may give a model, and a script a reply.</summary>
    public static readonly IReadOnlyList<string> Roles = [Make, Judge, Explore, Plan];

    public static string RoleOf(string agent) => agent.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? agent[..slash] : agent;
}
