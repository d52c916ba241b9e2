namespace LoopCluster.Runtime.Ports;

/// <summary>
/// Divides the concurrency of model endpoints among the processes that use them. Where there is none registered, a process is alone.
/// </summary>
public interface IEndpointConcurrency
{
    /// <summary>
    /// From now on <paramref name="limiter"/> gets this process's share of the endpoint's concurrency, 0 until the first one is known.
    /// </summary>
    /// <param name="endpoint">Its base URL, the same in every process.</param>
    /// <returns>To be called, at any rate, when a caller has to wait because the share is too small.</returns>
    Action Share(string endpoint, IEndpointLimiter limiter);
}

/// <summary>A process's own limiter of one endpoint. Members may be called from any thread.</summary>
public interface IEndpointLimiter
{
    /// <summary>Requests that all processes together may have open.</summary>
    int Concurrency { get; }

    /// <summary>Requests that this process has open.</summary>
    int Open { get; }

    int Waiting { get; }

    /// <summary>Sets this process's share. A lower one ends nothing that is open, and lets nobody in until there is room.</summary>
    void Bound(int share);
}
