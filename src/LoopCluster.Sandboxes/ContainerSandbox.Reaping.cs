using LoopCluster.Runtime.Driver;

namespace LoopCluster.Sandboxes;

/// <summary>Removal of what nobody will end any more.</summary>
internal sealed partial class ContainerSandbox
{
    /// <summary>Removes this installation's older epochs, containers of provably dead owners, and what is past its deadline.</summary>
    /// <returns>How many were removed.</returns>
    public async Task<int> ReapAsync(CancellationToken cancellationToken)
    {
        var setup = await SetUpAsync(cancellationToken).ConfigureAwait(false);
        var leftovers = (await setup.Engine.ListAsync(cancellationToken).ConfigureAwait(false))
            .Where(leftover => leftover.MayBeRemoved(setup.Owner, _epochs, time.GetUtcNow()))
            .ToList();
        foreach (var leftover in leftovers)
        {
            LogReaped(_logger, leftover.Id, leftover.Loop.Value, leftover.Owner);
            await RemoveAsync(setup.Engine, leftover.Id).ConfigureAwait(false);
        }

        DriverInstruments.ContainersReaped(leftovers.Count);
        return leftovers.Count;
    }
}
