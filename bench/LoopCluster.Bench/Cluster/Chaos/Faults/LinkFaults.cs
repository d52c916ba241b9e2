namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>No packet reaches the silo or leaves it, for a while; longer than the failure detector takes, it is buried meanwhile.</summary>
internal sealed record LinkIsCut(TimeSpan At, int Index, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => [Silo(Index)];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        var silo = cluster.Silos[Index];
        log.Cut(silo.Lives[^1], For);
        await cluster.Network.Faults!.CutAsync(silo.Node).ConfigureAwait(false);
        try
        {
            await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await cluster.Network.Faults.HealAsync(silo.Node).ConfigureAwait(false);
        }

        await ChaosCluster.WaitUntilUpAsync(silo, log, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>Redis is there and cannot be reached.</summary>
internal sealed record RedisIsCut(TimeSpan At, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => ["redis"];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        log.Say($"redis: link cut for {For.TotalSeconds:0.0} s");
        await cluster.Network.Faults!.CutAsync(cluster.Redis.Node).ConfigureAwait(false);
        try
        {
            await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await cluster.Network.Faults.HealAsync(cluster.Redis.Node).ConfigureAwait(false);
        }
    }
}

/// <summary>Two silos lose sight of each other, while both reach Redis and everybody else: each may think the other dead.</summary>
internal sealed record SilosAreSeparated(TimeSpan At, int Index, int Other, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => [Silo(Index), Silo(Other)];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        var (one, other) = (cluster.Silos[Index], cluster.Silos[Other]);
        log.Say($"{one.Name} and {other.Name}: separated for {For.TotalSeconds:0.0} s");
        await cluster.Network.Faults!.SeparateAsync(one.Node, other.Node).ConfigureAwait(false);
        try
        {
            await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await cluster.Network.Faults.HealAsync(one.Node).ConfigureAwait(false);
            await cluster.Network.Faults.HealAsync(other.Node).ConfigureAwait(false);
        }

        await ChaosCluster.WaitUntilUpAsync(one, log, cancellationToken).ConfigureAwait(false);
        await ChaosCluster.WaitUntilUpAsync(other, log, cancellationToken).ConfigureAwait(false);
    }
}

internal sealed record LinkIsSlow(TimeSpan At, int Index, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => [Silo(Index)];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        var silo = cluster.Silos[Index];
        var how = await cluster.Network.Faults!.DelayAsync(silo.Node).ConfigureAwait(false);
        log.Say($"{silo.Name}: slow link for {For.TotalSeconds:0.0} s ({how})");
        try
        {
            await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await cluster.Network.Faults.HealAsync(silo.Node).ConfigureAwait(false);
        }

        await ChaosCluster.WaitUntilUpAsync(silo, log, cancellationToken).ConfigureAwait(false);
    }
}
