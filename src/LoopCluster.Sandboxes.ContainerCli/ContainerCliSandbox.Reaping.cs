using System.Globalization;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Sandboxes.ContainerCli;

/// <summary>Removal of what nobody will end any more.</summary>
internal sealed partial class ContainerCliSandbox
{
    private const string ListFormat =
        "{{.ID}}\t{{.Label \"loopcluster.owner\"}}\t{{.Label \"loopcluster.loop\"}}\t{{.Label \"loopcluster.epoch\"}}\t{{.Label \"loopcluster.deadline\"}}";

    /// <summary>Removes this installation's older epochs, containers of provably dead owners, and what is past its deadline.</summary>
    /// <returns>How many were removed.</returns>
    public async Task<int> ReapAsync(CancellationToken cancellationToken)
    {
        var setup = await SetUpAsync(cancellationToken).ConfigureAwait(false);
        var list = await setup.Engine.RunAsync(
            ["ps", "--all", "--no-trunc", "--filter", "label=loopcluster.owner", "--format", ListFormat], cancellationToken).ConfigureAwait(false);
        if (list.ExitCode != 0)
        {
            throw ContainerEngine.Unavailable($"Containers could not be listed: {list.Error}");
        }

        var leftovers = list.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Leftover.Parse).OfType<Leftover>()
            .Where(leftover => leftover.MayBeRemoved(setup.Owner, _epochs, time.GetUtcNow())).ToList();
        foreach (var leftover in leftovers)
        {
            LogReaped(_logger, leftover.Id, leftover.Loop.Value, leftover.Owner);
            await RemoveAsync(setup.Engine, leftover.Id).ConfigureAwait(false);
        }

        ContainerCliInstruments.ContainersReaped(leftovers.Count);
        return leftovers.Count;
    }
}

/// <summary>A listed container's labels.</summary>
internal sealed record Leftover(string Id, string Owner, LoopId Loop, int Epoch, DateTimeOffset? Deadline)
{
    public static Leftover? Parse(string line)
    {
        var fields = line.Split('\t');
        return fields.Length == 5 && fields[0].Length > 0 && fields[0].All(char.IsAsciiHexDigit)
            ? new Leftover(
                fields[0], fields[1], new LoopId(fields[2]),
                int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : int.MaxValue,
                DateTimeOffset.TryParse(fields[4], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var deadline) ? deadline : null)
            : null;
    }

    public bool MayBeRemoved(ContainerOwner current, IReadOnlyDictionary<LoopId, int> epochs, DateTimeOffset now)
    {
        if (Deadline < now)
        {
            return true;
        }

        var owner = ContainerOwner.Parse(Owner);
        return owner is not null
            && (owner.IsProvablyDead(current) || (owner.Installation == current.Installation && epochs.TryGetValue(Loop, out var epoch) && Epoch < epoch));
    }
}
