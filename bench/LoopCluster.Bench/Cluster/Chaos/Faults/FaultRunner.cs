using System.Collections.Concurrent;
using System.Diagnostics;

namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>Lets each fault happen at its time; faults of different targets overlap, those of one do not.</summary>
internal sealed class FaultRunner(ChaosCluster cluster, FaultLog log)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _targets = new(StringComparer.Ordinal);

    /// <summary>Done when the last fault is undone.</summary>
    public async Task RunAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(faults.Select(fault => RunAsync(fault, clock, cancellationToken))).ConfigureAwait(false);
    }

    private async Task RunAsync(Fault fault, Stopwatch clock, CancellationToken cancellationToken)
    {
        var wait = fault.At - clock.Elapsed;
        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        // In one order, so that two faults of two targets each do not wait for each other.
        var targets = fault
            .Targets.Order(StringComparer.Ordinal)
            .Select(target => _targets.GetOrAdd(target, _ => new SemaphoreSlim(1)))
            .ToArray();
        foreach (var target in targets)
        {
            await target.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await fault.RunAsync(cluster, log, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var target in targets)
            {
                target.Release();
            }
        }
    }
}
