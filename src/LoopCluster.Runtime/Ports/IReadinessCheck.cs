namespace LoopCluster.Runtime.Ports;

/// <summary>One thing this process needs before it should be sent work. All registered ones are asked for <c>/readyz</c>.</summary>
public interface IReadinessCheck
{
    /// <summary>Kebab-case, such as <c>ledger</c>; shown to anybody who asks.</summary>
    string Name { get; }

    /// <summary>
    /// Null when ready, else a stable code such as <c>ledger-unavailable</c>, without anything that only an operator may know. An exception
    /// counts as not ready.
    /// </summary>
    ValueTask<string?> CheckAsync(CancellationToken cancellationToken);
}
