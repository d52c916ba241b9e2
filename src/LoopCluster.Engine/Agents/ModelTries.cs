using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Agents;

/// <summary>Failed tries of the turn now being asked for.</summary>
/// <param name="InRow">Failures since the last reply.</param>
/// <param name="Last">The newest, unless what it taught makes the next try another request.</param>
/// <param name="Lost">Of these, tries that our own end cut off (a crash, a park) or that taught something: they say nothing about the
/// model.</param>
/// <param name="Model">Name of the model of <paramref name="Last"/>.</param>
public sealed record ModelTries(int InRow = 0, ModelFailed? Last = null, int Lost = 0, string? Model = null)
{
    public static readonly ModelTries None = new();
}
