using System.Diagnostics.Metrics;

namespace LoopCluster.Ledgers.Redis;

/// <summary>What the Redis driver measures.</summary>
internal sealed class RedisLedgerInstruments : IDisposable
{
    public const string MeterName = "LoopCluster.Ledgers.Redis";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _appends;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _askedAgain;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _repairs;
    private readonly Histogram<int> _auditGroup;

    public RedisLedgerInstruments()
    {
        _appends = _meter.CreateCounter<long>("loopcluster.ledger.appends", "{line}", "Ledger and audit lines appended.");
        _bytes = _meter.CreateCounter<long>("loopcluster.ledger.written", "By", "Bytes of ledger and audit lines appended.");
        _askedAgain = _meter.CreateCounter<long>(
            "loopcluster.redis.asked_again",
            "{operation}",
            "Operations repeated because Redis had not answered."
        );
        _conflicts = _meter.CreateCounter<long>(
            "loopcluster.ledger.conflicts",
            "{append}",
            "Appends the server refused because another driver was first."
        );
        _repairs = _meter.CreateCounter<long>(
            "loopcluster.redis.index.repairs",
            "{member}",
            "Members of a list of loops that a read found out of date and removed."
        );
        _auditGroup = _meter.CreateHistogram<int>("loopcluster.redis.audit.group", "{record}", "Audit records that shared one round trip.");
    }

    public void Appended(int lines, int bytes)
    {
        _appends.Add(lines);
        _bytes.Add(bytes);
    }

    public void AskedAgain() => _askedAgain.Add(1);

    public void Conflicted() => _conflicts.Add(1);

    public void Repaired() => _repairs.Add(1);

    public void AuditGroup(int records) => _auditGroup.Record(records);

    public void Dispose() => _meter.Dispose();
}
