using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace LoopCluster.Grains.Tenants;

/// <summary>
/// Admits the loops of one tenant, its key. Everything is derived from the ledger's index: a running loop with an epoch has a place, one
/// without waits. So nothing is persisted, and a dead silo loses nothing. Only tenants with a limit have one.
/// </summary>
[Alias("loopcluster.tenant")]
[Version(1)]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>
    /// Has a new loop driven as soon as there is a place; returns when it has one or stands in the queue. Repeating it is harmless.
    /// </summary>
    /// <param name="loop">Its creation and id, as <see cref="Runtime.Ports.LoopCursor"/> writes them.</param>
    [Alias("admit")]
    Task AdmitAsync(string loop, CancellationToken cancellationToken);

    /// <summary>A loop is being driven, whoever asked for it.</summary>
    [Alias("taken"), OneWay]
    Task TakenAsync(string loop);

    /// <summary>A loop has ended or waits for a person.</summary>
    [Alias("given-back"), OneWay]
    Task GivenBackAsync(string loop);

    /// <summary>Looks at the index again; what was lost with a silo is found.</summary>
    [Alias("reconcile")]
    Task ReconcileAsync(CancellationToken cancellationToken);

    [Alias("view")]
    Task<TenantView> ViewAsync(CancellationToken cancellationToken);
}

/// <summary>A tenant's places.</summary>
[GenerateSerializer]
[Immutable]
[Alias("loopcluster.tenant-view")]
public sealed record TenantView
{
    /// <summary>0 for no limit.</summary>
    [Id(0)]
    public int Limit { get; init; }

    /// <summary>Loops that hold a place. May be above the limit: a loop that was driven once is always taken up again.</summary>
    [Id(1)]
    public int Running { get; init; }

    /// <summary>Ids of the loops that wait for admission, the next one first.</summary>
    [Id(2)]
    public IReadOnlyList<string> Queue { get; init; } = [];
}
