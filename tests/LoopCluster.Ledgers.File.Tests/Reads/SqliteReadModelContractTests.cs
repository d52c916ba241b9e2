using LoopCluster.Ledgers.File.Reads;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;
using LoopCluster.TestKit.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Ledgers.File.Tests.Reads;

public sealed class SqliteReadModelContractTests : ReadModelContractTests, IDisposable
{
    private readonly DataDirectory _directory = new();
    private readonly SqliteReadModel _reads;

    public SqliteReadModelContractTests() => _reads = SqliteReadModel.Own(_directory.Lock, NullLogger<SqliteReadModel>.Instance);

    protected override IReadModel Reads => _reads;

    public void Dispose()
    {
        _reads.Dispose();
        _directory.Dispose();
    }

    protected override ValueTask AppendAsync(LedgerEntryBuilder loop, LoopSummary summary)
    {
        var line = loop.Next();
        return _reads.WriteAsync(
            [
                new LoopRecord
                {
                    Summary = summary,
                    Seq = line.Seq,
                    Head = line.Hash.ToString(),
                },
            ],
            default
        );
    }
}
