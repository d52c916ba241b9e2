namespace LoopCluster.Models.OpenAI;

/// <summary>
/// Headers that say which turn of which loop a request is. Endpoints use them to keep a session on one replica; the model server to find
/// its place.
/// </summary>
internal static class LoopHeaders
{
    public const string Session = "x-session-id";

    public const string Turn = "x-loop-turn";

    public const string Role = "x-loop-role";

    /// <summary>The agent, where the role has several: <c>judge/security</c>.</summary>
    public const string Agent = "x-loop-agent";

    /// <summary>Whose request it is, for gateways that share out a server fairly (llm-d): the tenant.</summary>
    public const string Fairness = "x-llm-d-inference-fairness-id";

    /// <summary>What it is for, for the same: the role of the agent.</summary>
    public const string Objective = "x-llm-d-inference-objective";

    /// <summary>Of a reply: how many replies of the script were passed over.</summary>
    public const string Skipped = "x-loop-skipped";
}
