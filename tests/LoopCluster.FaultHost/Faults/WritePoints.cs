using System.Diagnostics;
using System.Globalization;

namespace LoopCluster.FaultHost.Faults;

/// <summary>
/// Counts every write of ledger and audit log from 1 and ends the process with SIGKILL at the chosen one, or at the first of an entry with
/// the chosen event: before the write is handed over, or once it is durable and before anybody has heard of it.
/// </summary>
internal sealed class WritePoints(WritePoint? killAt)
{
    private int _count;

    /// <summary>Writes so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <param name="events">Types of the entry's events; none for an audit record.</param>
    /// <returns>True when the process is to die at the end of this write.</returns>
    public bool Begin(IEnumerable<string> events)
    {
        var number = Interlocked.Increment(ref _count);
        var chosen = killAt is not null && (killAt.Number == number || (killAt.Event is { } type && events.Contains(type)));
        if (chosen && !killAt!.After)
        {
            Kill();
        }

        return chosen;
    }

    public static void End(bool chosen)
    {
        if (chosen)
        {
            Kill();
        }
    }

    private static void Kill()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // The signal is on its way; nothing may happen until it is here.
        Thread.Sleep(Timeout.Infinite);
    }
}

/// <summary>Written <c>before:7</c> or <c>after:cancel-requested</c>.</summary>
/// <param name="Number">0 when an event is named.</param>
internal sealed record WritePoint(int Number, bool After, string? Event = null)
{
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(After ? "after" : "before")}:{Event ?? Number.ToString(CultureInfo.InvariantCulture)}"
        );

    public static WritePoint Parse(string text) =>
        text.Split(':') is [("before" or "after") and var when, var what]
            ? int.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? new WritePoint(number, when == "after")
                : new WritePoint(0, when == "after", what)
            : throw new FormatException($"'{text}' is no write point");
}
