namespace LoopCluster.Engine.Context;

/// <summary>The first messages of an agent that is asked something of its own, instead of goal and frontier.</summary>
internal abstract record RoleCase(string System, string User);
