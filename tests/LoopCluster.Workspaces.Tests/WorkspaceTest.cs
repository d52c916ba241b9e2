namespace LoopCluster.Workspaces.Tests;

/// <summary>A test with a data directory of its own.</summary>
public abstract class WorkspaceTest : IAsyncLifetime
{
    protected WorkspaceBench Bench { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Bench.DisposeAsync();
}
