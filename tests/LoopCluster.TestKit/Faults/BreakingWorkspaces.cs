using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.TestKit.Faults;

/// <summary>Real workspaces whose methods break, in a way nobody foresaw, while their names are in <see cref="Broken"/>.</summary>
public sealed class BreakingWorkspaces(BrokenParts broken, IServiceProvider services) : IWorkspaces, IDisposable
{
    private readonly GitWorkspaces _inner = ActivatorUtilities.CreateInstance<GitWorkspaces>(services);

    public ValueTask<BaseSnapshot> ImportAsync(LoopId loop, WorkspaceSpec workspace, CancellationToken cancellationToken)
    {
        broken.ThrowIf(BrokenPart.Import);
        return _inner.ImportAsync(loop, workspace, cancellationToken);
    }

    public ValueTask<WorkspaceFacts> SurveyAsync(
        LoopId loop,
        WorkspaceSpec workspace,
        BaseSnapshot start,
        CancellationToken cancellationToken
    ) => _inner.SurveyAsync(loop, workspace, start, cancellationToken);

    public ValueTask<string?> ReadFileAsync(LoopId loop, string tree, string path, int limit, CancellationToken cancellationToken) =>
        _inner.ReadFileAsync(loop, tree, path, limit, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ChangedAsync(
        LoopId loop,
        string fromTree,
        string toTree,
        CancellationToken cancellationToken
    ) => _inner.ChangedAsync(loop, fromTree, toTree, cancellationToken);

    public ValueTask<string> EditTreeAsync(LoopId loop, string tree, IReadOnlyList<TreeEdit> edits, CancellationToken cancellationToken) =>
        _inner.EditTreeAsync(loop, tree, edits, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListFilesAsync(LoopId loop, string tree, CancellationToken cancellationToken) =>
        _inner.ListFilesAsync(loop, tree, cancellationToken);

    public ValueTask<IWorkspace> OpenAsync(LoopId loop, string commit, IReadOnlyList<BlobRef> packs, CancellationToken cancellationToken) =>
        _inner.OpenAsync(loop, commit, packs, cancellationToken);

    public ValueTask<GateTree> BuildGateTreeAsync(
        LoopId loop,
        string baseTree,
        string change,
        GateGuard guard,
        CancellationToken cancellationToken
    )
    {
        broken.ThrowIf(BrokenPart.GateTree);
        return _inner.BuildGateTreeAsync(loop, baseTree, change, guard, cancellationToken);
    }

    public ValueTask<ICheckout> CheckoutAsync(LoopId loop, string tree, CancellationToken cancellationToken) =>
        _inner.CheckoutAsync(loop, tree, cancellationToken);

    public ValueTask<IGuardedCheckout> CheckoutAsync(
        LoopId loop,
        string tree,
        string baseTree,
        GateGuard guard,
        LayerFiles? layer,
        CancellationToken cancellationToken
    ) => _inner.CheckoutAsync(loop, tree, baseTree, guard, layer, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, string fromTree, string toTree, CancellationToken cancellationToken) =>
        _inner.DiffAsync(loop, fromTree, toTree, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> DiffAsync(
        LoopId loop,
        string fromTree,
        string toTree,
        IReadOnlyList<BlobRef> packs,
        CancellationToken cancellationToken
    ) => _inner.DiffAsync(loop, fromTree, toTree, packs, cancellationToken);

    public ValueTask<Delivered> DeliverAsync(LoopId loop, WorkspaceSpec workspace, Delivery delivery, CancellationToken cancellationToken)
    {
        broken.ThrowIf(BrokenPart.Delivery);
        return _inner.DeliverAsync(loop, workspace, delivery, cancellationToken);
    }

    public void Check(WorkspaceSpec workspace) => _inner.Check(workspace);

    public void Dispose() => _inner.Dispose();
}
