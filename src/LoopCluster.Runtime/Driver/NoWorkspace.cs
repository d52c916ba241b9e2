using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>Stands in for tools that need no files.</summary>
internal sealed class NoWorkspace : IWorkspace
{
    public static readonly NoWorkspace Instance = new();

    public string Directory => "";

    public IWorkspaceFiles Files => throw new WorkspaceFileException("this tool has no workspace");

    public IReadOnlyList<string> Refused => [];

    public IReadOnlyList<string> Scratch => [];

    public ValueTask<WorkspaceCommitted?> CommitAsync(string message, IReadOnlyList<string> exclude, CancellationToken cancellationToken) =>
        new((WorkspaceCommitted?)null);

    public ValueTask PlaceAsync(LayerFiles layer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ResetAsync(string commit, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
