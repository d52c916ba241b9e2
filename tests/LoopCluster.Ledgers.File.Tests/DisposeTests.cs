using LoopCluster.TestKit.Ledger;

namespace LoopCluster.Ledgers.File.Tests;

public sealed class DisposeTests : IDisposable
{
    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Dispose_WhileManyAppend_EndsAndKeepsWhatWasAcknowledged()
    {
        for (var round = 0; round < 20; round++)
        {
            var ledger = _directory.Open(segmentBytes: 8192);
            var started = new SemaphoreSlim(0);
            var loops = Enumerable.Range(0, 16).Select(i => new LedgerEntryBuilder($"r{round}-{i}")).ToArray();
            var acknowledged = loops
                .Select(loop =>
                    Task.Run(async () =>
                    {
                        var count = 0L;
                        try
                        {
                            while (true)
                            {
                                await ledger.AppendAsync(loop.Next(), default);
                                count++;
                                started.Release();
                            }
                        }
                        catch (ObjectDisposedException)
                        {
                            return count;
                        }
                    })
                )
                .ToArray();
            for (var i = 0; i < 40; i++)
            {
                await started.WaitAsync();
            }

            ledger.Dispose();
            var counts = await Task.WhenAll(acknowledged).WaitAsync(TimeSpan.FromSeconds(30));
            using var reopened = _directory.Open(segmentBytes: 8192);
            for (var i = 0; i < loops.Length; i++)
            {
                ((await reopened.ReadHeadAsync(loops[i].Loop, default))?.Seq ?? 0).ShouldBe(counts[i]);
            }
        }
    }
}
