using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using Orleans.TestingHost;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>
/// One id started on two silos within one millisecond: everything that shapes the loop is the same, and yet only one of them has made it.
/// </summary>
[Trait("Category", "Cluster")]
public sealed class SameStartTests : ClusterTests
{
    [Fact]
    public async Task Create_SameIdOnTwoSilosAtOneInstant_SecondIsRefused()
    {
        await StartClusterAsync(2);
        var (first, second) = (StarterOf(Cluster.Silos.First()), StarterOf(Cluster.Silos.Last()));
        var request = new StartLoop(Tenant, HoldingSpec(), new LoopId("the-same"), "hash");

        await first.CreateAsync(request, Patient);

        await Should.ThrowAsync<LedgerConflictException>(async () => await second.CreateAsync(request, Patient));
        (await EntriesAsync(new LoopId("the-same"))).ShouldHaveSingleItem();
    }

    /// <summary>Looked before the other wrote, by a clock that stands still.</summary>
    private static LoopStarter StarterOf(InProcessSiloHandle silo)
    {
        var ports = LoopTestCluster.Get<LoopPorts>(silo);
        return new LoopStarter(
            ports with
            {
                Ledger = new EarlyLook(ports.Ledger),
                Time = new StoppedClock(),
            },
            LoopTestCluster.Get<ModelCatalog>(silo),
            TenantLimits.None
        );
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
    }

    private sealed class EarlyLook(ILoopLedger ledger) : ILoopLedger
    {
        public ValueTask AppendAsync(
            LedgerLine line,
            LoopSummary? summary,
            IReadOnlyList<AuditRecord> records,
            CancellationToken cancellationToken
        ) => ledger.AppendAsync(line, summary, records, cancellationToken);

        public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) =>
            ValueTask.FromResult<LedgerHead?>(null);

        public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) =>
            ledger.ReadAsync(loop, fromSeq, cancellationToken);

        public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken) =>
            ledger.RequireSoundAsync(loop, through, cancellationToken);

        public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => ledger.ListDamagedAsync(cancellationToken);

        public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => ledger.ListAsync(cancellationToken);
    }
}
