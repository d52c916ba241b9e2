namespace LoopCluster.Engine.Routing;

/// <summary>A model that failed while its tier has others: it is passed over for a while.</summary>
/// <param name="Until">When it may be asked again, by itself; the last moment of time where asking again cannot help.</param>
/// <param name="Failures">In a row.</param>
/// <param name="Holds">It is passed over now. Time is only what events say, so this changes with an event and not by itself.</param>
public sealed record EndpointRest(DateTimeOffset Until, int Failures, bool Holds = true)
{
    public bool IsForGood => Until == DateTimeOffset.MaxValue;
}
