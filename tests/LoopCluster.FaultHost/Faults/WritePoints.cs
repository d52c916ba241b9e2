using System.Diagnostics;
using System.Globalization;

namespace LoopCluster.FaultHost.Faults;

/// <summary>
/// Counts every write of ledger and audit log from 1 and ends the process with SIGKILL at the chosen one: before the write is handed over, or once
/// it is durable and before anybody has heard of it.
/// </summary>
internal sealed class WritePoints(WritePoint? killAt)
{
    private int _count;

    /// <summary>Writes so far.</summary>
    public int Count => Volatile.Read(ref _count);

    public int Begin()
    {
        var number = Interlocked.Increment(ref _count);
        if (killAt is { After: false } && killAt.Number == number)
        {
            Kill();
        }

        return number;
    }

    public void End(int number)
    {
        if (killAt is { After: true } && killAt.Number == number)
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

/// <summary>Written <c>before:7</c> or <c>after:7</c>.</summary>
internal sealed record WritePoint(int Number, bool After)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(After ? "after" : "before")}:{Number}");

    public static WritePoint Parse(string text)
    {
        var parts = text.Split(':');
        return parts is ["before" or "after", var number]
            ? new WritePoint(int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture), parts[0] == "after")
            : throw new FormatException($"'{text}' is no write point");
    }
}
