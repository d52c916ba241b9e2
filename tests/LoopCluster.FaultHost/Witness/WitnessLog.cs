namespace LoopCluster.FaultHost.Witness;

/// <summary>
/// What was really begun and ended, kept outside the ledger so that the ledger can be held against it: one line each in a file, synced before
/// the act goes on, and on standard output for whoever waits for the moment.
/// </summary>
internal sealed class WitnessLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream? _file;
    private readonly Action<string>? _tell;

    public WitnessLog(string? path, Action<string>? tell)
    {
        _file = path is null ? null : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        _tell = tell;
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_file is not null)
            {
                _file.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
                _file.Flush(flushToDisk: true);
            }

            _tell?.Invoke(line);
        }
    }

    public void Dispose() => _file?.Dispose();
}
