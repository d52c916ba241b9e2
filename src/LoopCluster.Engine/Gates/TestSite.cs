namespace LoopCluster.Engine.Gates;

/// <summary>Where tests of a gate stand.</summary>
/// <param name="Runner">As in <see cref="Protection.Runners"/>.</param>
/// <param name="Directory">Where the runner is started; empty for the root.</param>
/// <param name="Glob">Of the files that hold them.</param>
internal sealed record TestSite(string Runner, string Directory, string Glob);
