using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes;

/// <summary>Which of the drivers built in is used.</summary>
internal static class ContainerDrivers
{
    /// <exception cref="InfrastructureException"><c>sandbox-unavailable</c>, with what was tried.</exception>
    public static async Task<(IContainerDriver Driver, IContainerEngine Engine)> ConnectAsync(
        IReadOnlyList<IContainerDriver> drivers,
        CancellationToken cancellationToken
    )
    {
        var faults = new List<InfrastructureException>();
        foreach (var driver in Choose(drivers))
        {
            try
            {
                return (driver, await driver.ConnectAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (InfrastructureException e)
            {
                faults.Add(e);
            }
        }

        throw SandboxFaults.Unavailable(faults);
    }

    /// <summary>Those to be tried, in order. One that was asked for is not replaced by another.</summary>
    private static IEnumerable<IContainerDriver> Choose(IReadOnlyList<IContainerDriver> drivers)
    {
        var wanted = drivers[0].Options.Driver;
        if (wanted == "auto")
        {
            return drivers.FirstOrDefault(d => d.IsMeant) is { } meant ? [meant] : drivers;
        }

        return drivers.FirstOrDefault(d => d.Name == wanted) is { } named
            ? [named]
            : throw SandboxFaults.Unavailable(
                $"{SandboxOptions.Section}:Driver is '{wanted}', which this build does not have; it has {string.Join(", ", drivers.Select(d => d.Name))}."
            );
    }
}
