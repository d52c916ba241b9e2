using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Witness;

/// <summary>Tells the witness of each command: <c>sandbox start COMMAND</c>, <c>sandbox end OUTCOME COMMAND</c> (its first line).</summary>
internal sealed class WitnessedSandbox(ISandbox inner, WitnessLog witness) : ISandbox
{
    public SandboxCaps Caps => inner.Caps;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => inner.DescribeAsync(cancellationToken);

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) =>
        inner.ResolveImageAsync(image, cancellationToken);

    public void Prewarm(SandboxOwner owner, SandboxShape shape) => inner.Prewarm(owner, shape);

    public async ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    )
    {
        var command = call.Command.Split('\n')[0];
        witness.Write(owner.Loop, $"sandbox start {command}");
        var result = await inner.RunAsync(owner, shape, call, cancellationToken);
        witness.Write(owner.Loop, $"sandbox end {result.Outcome} {command}");
        return result;
    }

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken) => inner.ReleaseAsync(loop, cancellationToken);
}
