namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>Not a byte is left on the disk of a silo's data directory, for a while.</summary>
internal sealed record DiskFills(TimeSpan At, int Index, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => [Silo(Index)];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        var silo = cluster.Silos[Index];
        log.Say($"{silo.Name}: disk full for {For.TotalSeconds:0.0} s");
        var disk = cluster.Disks[Index];
        disk.Fill();
        try
        {
            await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            disk.Free();
        }

        await ChaosCluster.WaitUntilUpAsync(silo, log, cancellationToken).ConfigureAwait(false);
    }
}
