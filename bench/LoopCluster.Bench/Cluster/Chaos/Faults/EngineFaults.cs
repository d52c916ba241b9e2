using LoopCluster.ClusterKit.Processes;

namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>The container engine ends, or hangs, and is back after a while.</summary>
internal sealed record EngineFails(TimeSpan At, Signal Signal, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => ["engine"];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        var engine = cluster.Engine!;
        log.Say($"container engine: {Signal} for {For.TotalSeconds:0.0} s");
        if (Signal == Signal.Stop)
        {
            engine.Process.Send(Signal.Stop);
            try
            {
                await Task.Delay(For, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                engine.Process.Send(Signal.Continue);
            }

            return;
        }

        await engine.StopAsync(Signal).ConfigureAwait(false);
        await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        await engine.StartAsync().ConfigureAwait(false);
    }
}
