using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Turns;

/// <summary>A sandbox for loops that run no command.</summary>
internal sealed class EmptySandbox : ISandbox
{
    public SandboxCaps Caps => SandboxCaps.None;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => new("nothing");

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) => new("none");

    public void Prewarm(SandboxOwner owner, SandboxShape shape) { }

    public ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    ) => throw new InvalidOperationException("no command runs in this workload");

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Workspaces for loops that touch no file: a fixed base.</summary>
internal sealed class EmptyWorkspaces : IWorkspaces
{
    private static readonly BaseSnapshot Base = new(new string('a', 40), new string('b', 40), new BlobRef(new string('c', 64), 1));

    public void Check(WorkspaceSpec workspace) { }

    public ValueTask<BaseSnapshot> ImportAsync(LoopId loop, WorkspaceSpec workspace, CancellationToken cancellationToken) => new(Base);

    public ValueTask<WorkspaceFacts> SurveyAsync(
        LoopId loop,
        WorkspaceSpec workspace,
        BaseSnapshot start,
        CancellationToken cancellationToken
    ) => throw Unused();

    public ValueTask<string?> ReadFileAsync(LoopId loop, string tree, string path, int limit, CancellationToken cancellationToken) =>
        new((string?)null);

    public ValueTask<IWorkspace> OpenAsync(LoopId loop, string commit, IReadOnlyList<BlobRef> packs, CancellationToken cancellationToken) =>
        throw Unused();

    public ValueTask<GateTree> BuildGateTreeAsync(
        LoopId loop,
        string baseTree,
        string change,
        GateGuard guard,
        CancellationToken cancellationToken
    ) => throw Unused();

    public ValueTask<IReadOnlyList<string>> ChangedAsync(
        LoopId loop,
        string fromTree,
        string toTree,
        CancellationToken cancellationToken
    ) => throw Unused();

    public ValueTask<string> EditTreeAsync(LoopId loop, string tree, IReadOnlyList<TreeEdit> edits, CancellationToken cancellationToken) =>
        throw Unused();

    public ValueTask<IReadOnlyList<string>> ListFilesAsync(LoopId loop, string tree, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([]);

    public ValueTask<IGuardedCheckout> CheckoutAsync(
        LoopId loop,
        string tree,
        string baseTree,
        GateGuard guard,
        LayerFiles? layer,
        CancellationToken cancellationToken
    ) => throw Unused();

    public ValueTask<ICheckout> CheckoutAsync(LoopId loop, string tree, CancellationToken cancellationToken) => throw Unused();

    public ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, string fromTree, string toTree, CancellationToken cancellationToken) =>
        throw Unused();

    public ValueTask<ReadOnlyMemory<byte>> DiffAsync(
        LoopId loop,
        string fromTree,
        string toTree,
        IReadOnlyList<BlobRef> packs,
        CancellationToken cancellationToken
    ) => throw Unused();

    public ValueTask<Delivered> DeliverAsync(
        LoopId loop,
        WorkspaceSpec workspace,
        Delivery delivery,
        CancellationToken cancellationToken
    ) => throw Unused();

    private static InvalidOperationException Unused() => new("no file is touched in this workload");
}
