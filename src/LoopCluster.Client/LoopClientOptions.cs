namespace LoopCluster.Client;

/// <summary>Whom a <see cref="LoopClient"/> asks, and how long it goes on asking.</summary>
public sealed record LoopClientOptions
{
    /// <summary>Where the API is, without <c>/v1</c>. Asked for before each try; of several, each in turn.</summary>
    public required Func<IReadOnlyList<Uri>> Servers { get; init; }

    /// <summary>API key. Default: none, which only a data directory's socket takes.</summary>
    public string? Key { get; init; }

    /// <summary>For how long a request that may be repeated is repeated. Default: 5 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause between two tries; the first is 50 ms, each further one double. Default: 1 s.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long one try waits for the whole answer. Default: without end.</summary>
    public TimeSpan TryTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Default: 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Also repeats what failed by a fault of the server or lost against another driver. Default: false.</summary>
    public bool Insists { get; init; }

    /// <summary>Opens a connection otherwise than over TCP. Default: TCP.</summary>
    public Func<CancellationToken, ValueTask<Stream>>? Connect { get; init; }
}
