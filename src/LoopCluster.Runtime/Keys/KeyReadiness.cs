using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Keys;

/// <summary>Whether callers can be told from strangers.</summary>
public sealed class KeyReadiness(IApiKeyStore store) : IReadinessCheck
{
    private static readonly string Nobody = new('0', 64);

    public string Name => "keys";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        _ = await store.FindAsync(Nobody, cancellationToken).ConfigureAwait(false);
        return null;
    }
}
