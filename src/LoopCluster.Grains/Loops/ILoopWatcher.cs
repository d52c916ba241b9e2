namespace LoopCluster.Grains.Loops;

/// <summary>Somebody who follows a loop from another silo.</summary>
[Alias("loopcluster.loop-watcher")]
public interface ILoopWatcher : IGrainObserver
{
    /// <summary>
    /// The loop has grown, or its drive has ended: a hint to read the ledger, never the entries themselves. The next hint waits for this
    /// one's return.
    /// </summary>
    [Alias("hint")]
    Task HintAsync(long seq);
}
