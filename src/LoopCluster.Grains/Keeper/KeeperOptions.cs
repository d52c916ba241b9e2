namespace LoopCluster.Grains.Keeper;

/// <summary>How a silo looks after the loops of others.</summary>
public sealed class KeeperOptions
{
    public const string Section = "LoopCluster:Keeper";

    /// <summary>Time between looks at the index when nothing happens. Default: 30 s.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Time until loops that the silo responsible for them has not woken are everybody's. Default: 1 s.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Age from which a loop that nobody has driven yet counts as left behind by the node that created it. Default: 5 s.</summary>
    public TimeSpan NewLoopAge { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time after which a parked loop is tried again, on the silo the cluster chooses. Default: 10 min.</summary>
    public TimeSpan ParkedPeriod { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Loops woken at the same time. Default: 32.</summary>
    public int Parallelism { get; set; } = 32;
}
