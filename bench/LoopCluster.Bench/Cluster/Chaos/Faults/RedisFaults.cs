using LoopCluster.ClusterKit.Processes;

namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>Redis ends and comes back on what it kept, which is everything it acknowledged.</summary>
internal sealed record RedisEnds(TimeSpan At, Signal Signal, TimeSpan Down) : Fault(At)
{
    public override IReadOnlyList<string> Targets => ["redis"];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        log.Say($"redis: {Signal}, back after {Down.TotalSeconds:0.0} s");
        await cluster.Redis.StopAsync(Signal).ConfigureAwait(false);
        await Task.Delay(Down, cancellationToken).ConfigureAwait(false);
        await cluster.Redis.StartAgainAsync().ConfigureAwait(false);
    }
}

internal sealed record RedisPauses(TimeSpan At, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => ["redis"];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        log.Say($"redis: stopped for {For.TotalSeconds:0.0} s");
        var process = cluster.Redis.Process;
        process.Send(Signal.Stop);
        try
        {
            await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            process.Send(Signal.Continue);
        }
    }
}
