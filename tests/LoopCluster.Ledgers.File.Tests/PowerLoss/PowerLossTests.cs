using Xunit.Abstractions;

namespace LoopCluster.Ledgers.File.Tests.PowerLoss;

public sealed class PowerLossTests(ITestOutputHelper output)
{
    private const int SearchLimit = 1500;

    /// <summary>A sample, or with LOOPCLUSTER_TEST_ALL=1 many more.</summary>
    private static readonly int Sample = Environment.GetEnvironmentVariable("LOOPCLUSTER_TEST_ALL") == "1" ? 2000 : 60;

    [Fact]
    public async Task Stores_PowerFailsAgainAndAgain_KeepEveryPromise()
    {
        // Other seeds each day, printed, so that a failure can be run again.
        var first = DateTime.UtcNow.DayOfYear * 1000;
        output.WriteLine($"seeds {first} to {first + Sample - 1}");
        for (var seed = first; seed < first + Sample; seed++)
        {
            (await new PowerLossWorkload(seed, SyncPoint.None).RunAsync()).ShouldBeNull($"seed {seed}");
        }
    }

    [Theory]
    [InlineData(SyncPoint.Segment, 0)]
    [InlineData(SyncPoint.SegmentName, 0)]
    [InlineData(SyncPoint.RecoveredSegment, 0)]
    [InlineData(SyncPoint.RecoveredSegmentName, 320)]
    [InlineData(SyncPoint.Directories, 0)]
    [InlineData(SyncPoint.Blob, 0)]
    [InlineData(SyncPoint.BlobName, 0)]
    [InlineData(SyncPoint.BlobDirectory, 0)]
    [InlineData(SyncPoint.AuditCopy, 0)]
    [InlineData(SyncPoint.AuditCopyName, 0)]
    public async Task Stores_OneSyncLeftOut_BreakAPromise(SyncPoint ignored, int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + SearchLimit; seed++)
        {
            if (await new PowerLossWorkload(seed, ignored).RunAsync() is { } violation)
            {
                output.WriteLine($"seed {seed}: {violation}");
                return;
            }
        }

        Assert.Fail($"Leaving out {ignored} broke nothing in {SearchLimit} runs.");
    }
}
