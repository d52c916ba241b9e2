using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Snapshots;

/// <summary>What a walk found. Disposing frees the pack.</summary>
internal sealed record Snapshot : IDisposable
{
    public required TreeListing Listing { get; init; }

    /// <summary>Files whose content the next walk need not read as long as their state is the same.</summary>
    public required Dictionary<RawPath, FileStat> Stats { get; init; }

    /// <summary>Content that the listing walked against does not have. Null when there is none.</summary>
    public required PackWriter? Pack { get; init; }

    public required IReadOnlyList<string> Refused { get; init; }

    public required IReadOnlyList<string> Scratch { get; init; }

    /// <summary>Something was left out that would have belonged in: too large, too many, unreadable.</summary>
    public required bool IsPartial { get; init; }

    public void Dispose() => Pack?.Dispose();
}

/// <summary>What a walk starts from.</summary>
internal sealed record SnapshotRequest
{
    public required TreeListing Previous { get; init; }

    public IReadOnlyDictionary<RawPath, FileStat> Stats { get; init; } = new Dictionary<RawPath, FileStat>();

    public IReadOnlyList<RawPath> Exclude { get; init; } = [];

    /// <summary>Nobody touched the files since this process wrote <see cref="Previous"/>: only their state is noted.</summary>
    public bool Adopt { get; init; }

    /// <summary>The directory is ours: take back permissions that keep us from reading.</summary>
    public bool MayUnlock { get; init; }

    /// <summary>Where new content goes.</summary>
    public required Func<PackWriter> OpenPack { get; init; }
}
