using System.Diagnostics.Metrics;

namespace LoopCluster.Ledgers.File;

/// <summary>Metrics of the file ledger: meter <c>LoopCluster.Ledgers.File</c>.</summary>
internal sealed class FileLedgerInstruments : IDisposable
{
    public const string MeterName = "LoopCluster.Ledgers.File";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _appends;
    private readonly Counter<long> _bytes;
    private readonly Histogram<int> _groupSize;
    private readonly Histogram<double> _commitDuration;

    public FileLedgerInstruments()
    {
        _appends = _meter.CreateCounter<long>("loopcluster.ledger.appends", "{line}", "Ledger and audit lines made durable.");
        _bytes = _meter.CreateCounter<long>("loopcluster.ledger.written", "By", "Bytes made durable.");
        _groupSize = _meter.CreateHistogram<int>("loopcluster.ledger.group.size", "{line}", "Lines that shared one write and sync.");
        _commitDuration = _meter.CreateHistogram<double>("loopcluster.ledger.commit.duration", "s", "Duration of one write and sync.");
    }

    public void Committed(int lines, int bytes, TimeSpan duration)
    {
        _appends.Add(lines);
        _bytes.Add(bytes);
        _groupSize.Record(lines);
        _commitDuration.Record(duration.TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();
}
