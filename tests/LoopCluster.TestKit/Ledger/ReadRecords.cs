using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.TestKit.Ledger;

/// <summary>Records over a ledger alone.</summary>
public static class ReadRecords
{
    public static LoopRecords Of(ILoopLedger ledger) =>
        new(ledger, new FoldedReadModel(ledger), RecordKeeping.Reader, NullLogger<LoopRecords>.Instance);
}
