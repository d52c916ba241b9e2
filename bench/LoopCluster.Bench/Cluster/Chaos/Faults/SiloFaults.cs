using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.ClusterKit.Processes;

namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>SIGKILL, or SIGTERM, and a new process after a while.</summary>
/// <param name="LosesData">The new process finds an empty data directory.</param>
/// <param name="NewPorts">To its peers the new process is a stranger.</param>
internal sealed record SiloEnds(TimeSpan At, int Index, Signal Signal, TimeSpan Down, bool LosesData, bool NewPorts) : Fault(At)
{
    /// <summary>Longer than a silo may take to hand over its loops.</summary>
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(45);

    private const string Buried = "I have been told I am dead";

    public override IReadOnlyList<string> Targets => [Silo(Index)];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        var silo = cluster.Silos[Index];
        using (cluster.Hold(silo))
        {
            await EndAsync(silo, log, cancellationToken).ConfigureAwait(false);
        }

        await ChaosCluster.WaitUntilUpAsync(silo, log, cancellationToken).ConfigureAwait(false);
    }

    private async Task EndAsync(SiloServer silo, FaultLog log, CancellationToken cancellationToken)
    {
        log.Lost(silo.Lives[^1], $"{Signal}{(LosesData ? ", data lost" : "")}{(NewPorts ? ", new ports" : "")}");
        silo.Process.Send(Signal);
        if (!await silo.Process.WaitForExitAsync(DrainPatience).ConfigureAwait(false))
        {
            log.Broken($"{silo.Name} did not end within {DrainPatience.TotalSeconds:0} s of {Signal}");
            await silo.Process.KillAsync().ConfigureAwait(false);
        }

        if (Signal == Signal.Terminate && silo.Process.ExitCode != 0)
        {
            // Stopped or cut off before, it may have been buried by the others; then it ends at once, however it was asked to.
            if (
                (await File.ReadAllTextAsync(silo.Process.Log, cancellationToken).ConfigureAwait(false)).Contains(
                    Buried,
                    StringComparison.Ordinal
                )
            )
            {
                log.Say($"{silo.Name}: had been declared dead");
            }
            else
            {
                log.Broken($"{silo.Name} ended with exit code {silo.Process.ExitCode} on SIGTERM:\n{silo.Process.Tail()}");
            }
        }

        if (LosesData)
        {
            silo.LoseData();
        }

        await Task.Delay(Down, cancellationToken).ConfigureAwait(false);
        if (NewPorts)
        {
            silo.MoveToNewPorts();
        }

        silo.Start();
    }
}

/// <summary>
/// SIGSTOP, and SIGCONT after a while: shorter than the failure detector takes, or so long that the silo comes back as a stranger among
/// those who buried it.
/// </summary>
internal sealed record SiloPauses(TimeSpan At, int Index, TimeSpan For) : Fault(At)
{
    public override IReadOnlyList<string> Targets => [Silo(Index)];

    public override async Task RunAsync(ChaosCluster cluster, FaultLog log, CancellationToken cancellationToken)
    {
        var silo = cluster.Silos[Index];
        log.Paused(silo.Lives[^1], For);
        silo.Process.Send(Signal.Stop);
        try
        {
            await Task.Delay(For, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            silo.Process.Send(Signal.Continue);
        }

        await ChaosCluster.WaitUntilUpAsync(silo, log, cancellationToken).ConfigureAwait(false);
    }
}
