namespace LoopCluster.Runtime.Ports;

/// <summary>A sandbox that can say what runs its commands.</summary>
public interface IDescribedSandbox
{
    /// <summary>Driver and engine in words, for a person. Asks the engine when that has not happened yet.</summary>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>sandbox-unavailable</c>, with what to do.</exception>
    ValueTask<string> DescribeAsync(CancellationToken cancellationToken);
}
