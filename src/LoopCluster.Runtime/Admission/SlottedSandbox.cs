using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Admission;

/// <summary>
/// Lets so many calls run at once. A call that waits for a slot has not begun: its time does not run, and no container is prepared for it
/// while there are more loops than slots.
/// </summary>
internal sealed class SlottedSandbox(ISandbox sandbox, int slots) : ISandbox, IDisposable
{
    private readonly SemaphoreSlim _free = new(slots);

    /// <summary>Slots that are free now.</summary>
    public int Free => _free.CurrentCount;

    public SandboxCaps Caps => sandbox.Caps;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => sandbox.DescribeAsync(cancellationToken);

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) =>
        sandbox.ResolveImageAsync(image, cancellationToken);

    public void Prewarm(SandboxOwner owner, SandboxShape shape)
    {
        // A prepared container is a container too: without a free slot it would only stand in the way.
        if (_free.CurrentCount > 0)
        {
            sandbox.Prewarm(owner, shape);
        }
    }

    public async ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new SandboxResult
            {
                Outcome = SandboxOutcome.Cancelled,
                Output = default,
                OutputBytes = 0,
                Duration = TimeSpan.Zero,
            };
        }

        try
        {
            return await sandbox.RunAsync(owner, shape, call, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken) => sandbox.ReleaseAsync(loop, cancellationToken);

    /// <summary>The sandbox inside was registered by somebody else and ends with its container.</summary>
    public void Dispose() => _free.Dispose();
}
