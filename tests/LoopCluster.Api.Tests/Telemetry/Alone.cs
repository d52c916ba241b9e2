namespace LoopCluster.Api.Tests.Telemetry;

/// <summary>What listens to a whole process runs while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
