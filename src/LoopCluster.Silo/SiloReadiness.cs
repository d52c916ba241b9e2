using LoopCluster.Runtime.Ports;
using Orleans.Runtime;

namespace LoopCluster.Silo;

/// <summary>Whether this silo is a member that the others count on.</summary>
internal sealed class SiloReadiness(IClusterMembershipService membership, ILocalSiloDetails silo) : IReadinessCheck
{
    public string Name => "silo";

    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        new(membership.CurrentSnapshot.GetSiloStatus(silo.SiloAddress) == SiloStatus.Active ? null : "silo-not-active");
}
