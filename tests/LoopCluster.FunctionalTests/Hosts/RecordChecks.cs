using System.Text.Json;
using LoopCluster.Cli.Composition;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;

namespace LoopCluster.FunctionalTests.Hosts;

/// <summary>What was kept of loops while they ran is what their ledgers tell afterwards.</summary>
internal static class RecordChecks
{
    public static async Task ShouldBeWhatLedgersTellAsync(LoopRuntime runtime)
    {
        var (ledger, kept) = (runtime.Ports.Ledger, runtime.Services.GetRequiredService<IReadModel>());
        await runtime.Ports.Records.FlushAsync();
        await foreach (var loop in ledger.ListAsync(CancellationToken.None))
        {
            try
            {
                var state = (await new LoopLoader(ledger).LoadAsync(loop, CancellationToken.None)).ShouldNotBeNull();
                if (await kept.ReadAsync(loop, state.Seq, CancellationToken.None) is { } record)
                {
                    Text(record).ShouldBe(Text(LoopRecord.Of(state)));
                }

                Text((await runtime.Ports.Records.FindAsync(loop, CancellationToken.None)).ShouldNotBeNull())
                    .ShouldBe(Text(LoopRecord.Of(state)));
            }
            catch (LedgerCorruptException)
            {
                // A test harmed it; lists say so.
                (await runtime.Ports.Records.ListAsync(CancellationToken.None).SingleAsync(l => l.Id == loop)).Damage.ShouldNotBeNull();
            }
        }
    }

    private static string Text(LoopRecord record) => JsonSerializer.Serialize(record, RecordJson.Default.LoopRecord);
}
