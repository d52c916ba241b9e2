namespace LoopCluster.Bench.Cluster.Storage;

/// <summary>One silo beside a full ledger.</summary>
internal sealed record StorageResult
{
    public required int Stored { get; init; }

    public required int Active { get; init; }

    /// <summary>From the start of its process until it says that it is ready, nothing stored.</summary>
    public required double StartUpEmptyMs { get; init; }

    public required double StartUpMs { get; init; }

    public required double RssEmptyMb { get; init; }

    /// <summary>With everything stored and nothing driven.</summary>
    public required double RssStoredMb { get; init; }

    /// <summary>With the active loops in a call of their model.</summary>
    public required double RssActiveMb { get; init; }

    /// <summary>Live heap an active loop adds, its HTTP exchange included.</summary>
    public required double ActiveBytesPerLoop { get; init; }

    /// <summary>Live heap left of each loop that was driven and now waits for a person.</summary>
    public required double IdleBytesPerLoop { get; init; }

    /// <summary>
    /// After <c>kill -9</c>: from the start of the new process under new addresses until it drives all active loops again; 4 s of it it
    /// watches its dead self.
    /// </summary>
    public required double TakeOverMs { get; init; }

    /// <summary>From the call of the loop's grain until its driver is launched, the ledger read and folded; one at a time.</summary>
    public required double ActivationP50Ms { get; init; }

    public required double ActivationP99Ms { get; init; }

    /// <summary>Entries of each of these loops; each holds up to three events.</summary>
    public required int ActivationEntries { get; init; }

    public required double RedisMb { get; init; }
}
