namespace LoopCluster.Runtime.Hosting.Reads;

/// <summary>How a process takes part in keeping records.</summary>
public sealed record RecordKeeping
{
    /// <summary>
    /// Of the process that holds a data directory: it alone writes, and makes up for what was missed before it lists anything.
    /// </summary>
    public static RecordKeeping Holder { get; } = new() { Writes = true };

    /// <summary>Of a process beside that: it writes nothing, and folds itself what the records do not have yet.</summary>
    public static RecordKeeping Reader { get; } = new();

    /// <summary>Of a silo: each keeps the loops that it drives, and what is a moment behind is another's to write.</summary>
    public static RecordKeeping Shared { get; } =
        new()
        {
            Writes = true,
            ListsAreExact = true,
            Patience = TimeSpan.FromMilliseconds(400),
        };

    public bool Writes { get; private init; }

    /// <summary>The store's own lists are as of each loop's last entry.</summary>
    public bool ListsAreExact { get; private init; }

    /// <summary>How long another writer is waited for before the loop is folded.</summary>
    public TimeSpan Patience { get; private init; }
}
