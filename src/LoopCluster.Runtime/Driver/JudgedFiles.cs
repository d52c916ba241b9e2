using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>The judged tree as tools see a workspace: to read, and nothing of it is kept.</summary>
internal sealed class JudgedFiles(ICheckout checkout) : IWorkspace
{
    public string Directory => checkout.Directory;

    public IWorkspaceFiles Files => checkout.Files;

    public IReadOnlyList<string> Refused => [];

    public IReadOnlyList<string> Scratch => [];

    public ValueTask<WorkspaceCommitted?> CommitAsync(string message, IReadOnlyList<string> exclude, CancellationToken cancellationToken) =>
        new((WorkspaceCommitted?)null);

    public ValueTask PlaceAsync(LayerFiles layer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ResetAsync(string commit, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => checkout.DisposeAsync();
}
