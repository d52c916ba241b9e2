using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>Knows how many calls ran at the same time, for each loop and in all.</summary>
public sealed class GaugeSandbox(ISandbox sandbox) : ISandbox
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LoopId, (int Now, int Most)> _loops = [];

    public int Most { get; private set; }

    public int MostOf(LoopId loop)
    {
        lock (_lock)
        {
            return _loops[loop].Most;
        }
    }

    public SandboxCaps Caps => sandbox.Caps;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => sandbox.DescribeAsync(cancellationToken);

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) =>
        sandbox.ResolveImageAsync(image, cancellationToken);

    public void Prewarm(SandboxOwner owner, SandboxShape shape) => sandbox.Prewarm(owner, shape);

    public async ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    )
    {
        Count(owner.Loop, 1);
        try
        {
            return await sandbox.RunAsync(owner, shape, call, cancellationToken);
        }
        finally
        {
            Count(owner.Loop, -1);
        }
    }

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken) => sandbox.ReleaseAsync(loop, cancellationToken);

    private void Count(LoopId loop, int change)
    {
        lock (_lock)
        {
            var (now, most) = _loops.GetValueOrDefault(loop);
            _loops[loop] = (now + change, Math.Max(most, now + change));
            Most = Math.Max(Most, _loops.Values.Sum(l => l.Now));
        }
    }
}
