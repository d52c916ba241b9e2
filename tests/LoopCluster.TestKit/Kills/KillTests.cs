namespace LoopCluster.TestKit.Kills;

/// <summary>Tests that kill the process of a host with SIGKILL. Every host inherits them unchanged.</summary>
[Trait("Category", "Fault")]
public abstract class KillTests
{
    /// <summary>What is killed; skips the test where this machine lacks what it takes.</summary>
    private protected abstract ValueTask<FaultTarget> OpenAsync();
}
