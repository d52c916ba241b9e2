using System.Globalization;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Ports;

/// <summary>
/// A place in the list of loops: creation time in Unix milliseconds and id, as <c>MS-ID</c>. Lists go from later to earlier places.
/// </summary>
public readonly record struct LoopCursor(long CreatedMs, LoopId Id)
{
    public static readonly IComparer<LoopCursor> ByCreation = Comparer<LoopCursor>.Create((a, b) => a.CompareTo(b));

    public static LoopCursor Of(LoopSummary loop) => new(loop.Created.ToUnixTimeMilliseconds(), loop.Id);

    public static LoopCursor Of(LoopState state) => new(state.CreatedAt.ToUnixTimeMilliseconds(), state.Id);

    /// <exception cref="BadInputException"><c>bad-cursor</c>.</exception>
    public static LoopCursor Parse(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return
            dash > 0
            && long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var created)
            && LoopId.TryParse(text[(dash + 1)..], out var id)
            ? new LoopCursor(created, id)
            : throw new BadInputException(
                "bad-cursor",
                "cursor",
                $"'{text}' is no cursor of a page of loops; give 'next' of the page before, or none to begin"
            );
    }

    public int CompareTo(LoopCursor other) =>
        CreatedMs != other.CreatedMs ? CreatedMs.CompareTo(other.CreatedMs) : string.CompareOrdinal(Id.Value, other.Id.Value);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CreatedMs}-{Id.Value}");
}
