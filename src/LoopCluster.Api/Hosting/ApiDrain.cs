namespace LoopCluster.Api.Hosting;

/// <summary>
/// The beginning of the end: once begun, <c>/readyz</c> says 503, no loop is taken, and event streams end after what they have written.
/// </summary>
public sealed class ApiDrain : IDisposable
{
    private readonly CancellationTokenSource _begun = new();

    public bool HasBegun => _begun.IsCancellationRequested;

    /// <summary>Cancelled when draining begins.</summary>
    public CancellationToken Token => _begun.Token;

    /// <summary>Repeating it does nothing.</summary>
    public void Begin() => _begun.Cancel();

    public void Dispose() => _begun.Dispose();
}
