using System.Diagnostics;
using System.Globalization;
using System.Text;
using LoopCluster.Engine.Loops;

namespace LoopCluster.FaultHost.Witness;

/// <summary>
/// What was really begun and ended, kept outside the ledger so that the ledger can be held against it: one line each in a file, written
/// before the act goes on, and on standard output for whoever waits for the moment.
/// </summary>
/// <param name="addressed">
/// For many loops and processes: each line begins with the machine's monotonic clock in ticks of <see cref="Stopwatch"/>, which all
/// processes share, and the loop. Not synced: such a witness outlives its process, not the machine.
/// </param>
internal sealed class WitnessLog(string? path, Action<string>? tell, bool addressed = false) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream? _file = path is null ? null : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);

    public void Write(LoopId loop, string line)
    {
        lock (_lock)
        {
            var text = addressed ? string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetTimestamp()} {loop} {line}") : line;
            if (_file is not null)
            {
                _file.Write(Encoding.UTF8.GetBytes(text + "\n"));
                _file.Flush(flushToDisk: !addressed);
            }

            tell?.Invoke(text);
        }
    }

    public void Dispose() => _file?.Dispose();
}
