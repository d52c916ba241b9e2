using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.FaultHost.Sandboxes;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Cluster.Hosting.Sandboxes;

/// <summary>
/// Loops whose image is <see cref="NoContainer"/> get the shell that runs in this process; all others get real containers.
/// </summary>
internal sealed class SplitSandbox(ISandbox real) : ISandbox
{
    public const string NoContainer = "no-container";

    private readonly InProcessSandbox _inProcess = new();

    public SandboxCaps Caps => real.Caps;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => real.DescribeAsync(cancellationToken);

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) =>
        image == NoContainer ? _inProcess.ResolveImageAsync(image, cancellationToken) : real.ResolveImageAsync(image, cancellationToken);

    public void Prewarm(SandboxOwner owner, SandboxShape shape)
    {
        if (shape.ImageId != InProcessSandbox.Image)
        {
            real.Prewarm(owner, shape);
        }
    }

    public ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    ) =>
        shape.ImageId == InProcessSandbox.Image
            ? _inProcess.RunAsync(owner, shape, call, cancellationToken)
            : real.RunAsync(owner, shape, call, cancellationToken);

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken) => real.ReleaseAsync(loop, cancellationToken);
}
