namespace LoopCluster.Engine.Routing;

/// <summary>Where a request goes, and why there.</summary>
public readonly record struct Route(AgentBinding Binding, RouteCause Cause);
