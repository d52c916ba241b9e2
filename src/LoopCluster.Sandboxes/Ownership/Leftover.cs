using System.Globalization;
using LoopCluster.Engine.Loops;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes.Ownership;

/// <summary>A listed container's labels.</summary>
internal sealed record Leftover(string Id, string Owner, LoopId Loop, int Epoch, DateTimeOffset? Deadline)
{
    /// <param name="label">A label's value by its name; empty when it is missing.</param>
    /// <returns>Null when the id is none.</returns>
    public static Leftover? Read(string id, Func<string, string> label) =>
        id.Length > 0 && id.All(char.IsAsciiHexDigit)
            ? new Leftover(
                id,
                label(ContainerLabels.Owner),
                new LoopId(label(ContainerLabels.Loop)),
                int.TryParse(label(ContainerLabels.Epoch), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                    ? epoch
                    : int.MaxValue,
                DateTimeOffset.TryParse(
                    label(ContainerLabels.Deadline),
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal,
                    out var deadline
                )
                    ? deadline
                    : null
            )
            : null;

    public bool MayBeRemoved(ContainerOwner current, IReadOnlyDictionary<LoopId, int> epochs, DateTimeOffset now)
    {
        if (Deadline < now)
        {
            return true;
        }

        var owner = ContainerOwner.Parse(Owner);
        return owner is not null
            && (
                owner.IsProvablyDead(current)
                || (owner.Installation == current.Installation && epochs.TryGetValue(Loop, out var epoch) && Epoch < epoch)
            );
    }
}
