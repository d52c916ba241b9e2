using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>
/// Entries that somebody changed on disk are noticed before anyone relies on what was made from them; entries that nobody changed are not
/// read again.
/// </summary>
public sealed class SegmentWatchTests : IDisposable
{
    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RequireSound_ByteOfAnOldEntryChangedBesideTheHolder_NamesFileAndEntry()
    {
        var ledger = _directory.Open();
        var (sound, harmed) = (await WriteAsync(ledger, "sound", 5), await WriteAsync(ledger, "harmed", 5));
        Alter(harmed, 2);

        var damage = await Should.ThrowAsync<LedgerCorruptException>(async () => await ledger.RequireSoundAsync(harmed, 5, default));
        (damage.File, damage.Seq).ShouldBe(("ledger/0000000001.jsonl", 2L));
        await ledger.RequireSoundAsync(harmed, 1, default);
        await ledger.RequireSoundAsync(sound, 5, default);
        (await DamagedAsync(ledger)).ShouldBe([harmed]);
    }

    [Fact]
    public async Task RequireSound_ByteChangedBetweenTwoAppends_IsNoticed()
    {
        var ledger = _directory.Open();
        var (harmed, other) = (await WriteAsync(ledger, "harmed", 3), new StoredLoop("other"));
        Alter(harmed, 2);
        await other.AppendAsync(ledger, 3);

        (await DamagedAsync(ledger)).ShouldBe([harmed]);
    }

    [Fact]
    public async Task RequireSound_ByteChangedBetweenTwoProcesses_IsNoticedThoughACheckpointCoversIt()
    {
        var ledger = _directory.Open();
        var harmed = await WriteAsync(ledger, "harmed", 3);
        ledger.Dispose();
        Alter(harmed, 2);

        (await DamagedAsync(new FileLedgerReader(_directory.Path))).ShouldBe([harmed]);
        (await DamagedAsync(_directory.Open())).ShouldBe([harmed]);
    }

    [Fact]
    public async Task RequireSound_ByteChangedAfterAKill_IsNoticedBeforeAndBehindTheCheckpoint()
    {
        var first = _directory.Open();
        var (before, sound) = (await WriteAsync(first, "before", 3), await WriteAsync(first, "sound", 3));
        first.Dispose();
        var checkpoint = Path.Combine(_directory.LedgerPath, "index");
        var kept = await IOFile.ReadAllBytesAsync(checkpoint);
        var second = _directory.Open();
        var behind = await WriteAsync(second, "behind", 3);
        second.Dispose();
        await IOFile.WriteAllBytesAsync(checkpoint, kept);
        Alter(before, 2);
        Alter(behind, 2);

        (await DamagedAsync(new FileLedgerReader(_directory.Path))).ShouldBe([before, behind], ignoreOrder: true);
        var third = _directory.Open();
        (await DamagedAsync(third)).ShouldBe([before, behind], ignoreOrder: true);
        await third.RequireSoundAsync(sound, 3, default);
    }

    [Fact]
    public async Task RequireSound_ChangedAndMended_IsSoundAgain()
    {
        var ledger = _directory.Open();
        var harmed = await WriteAsync(ledger, "harmed", 3);
        var sound = await IOFile.ReadAllBytesAsync(_directory.Segment(1));
        Alter(harmed, 2);
        (await DamagedAsync(ledger)).ShouldBe([harmed]);
        await IOFile.WriteAllBytesAsync(_directory.Segment(1), sound);

        (await DamagedAsync(ledger)).ShouldBeEmpty();
        await ledger.RequireSoundAsync(harmed, 3, default);
    }

    [Fact]
    public async Task Open_DamageThatWasMended_IsForgotten()
    {
        var ledger = _directory.Open();
        var harmed = await WriteAsync(ledger, "harmed", 3);
        ledger.Dispose();
        var sound = await IOFile.ReadAllBytesAsync(_directory.Segment(1));
        Alter(harmed, 2);
        _directory.ForgetCheckpoint();
        var second = _directory.Open();
        (await DamagedAsync(second)).ShouldBe([harmed]);
        second.Dispose();
        await IOFile.WriteAllBytesAsync(_directory.Segment(1), sound);

        var third = _directory.Open();
        (await DamagedAsync(third)).ShouldBeEmpty();
        (await third.ReadHeadAsync(harmed, default))!.Value.Seq.ShouldBe(3);
    }

    [Fact]
    public async Task RequireSound_SegmentRemovedOrCut_IsNoticed()
    {
        var ledger = _directory.Open(segmentBytes: 4096);
        var first = await WriteAsync(ledger, "first", 12);
        var last = await WriteAsync(ledger, "last", 12);
        IOFile.Exists(_directory.Segment(2)).ShouldBeTrue();
        IOFile.Delete(_directory.Segment(1));

        (await Should.ThrowAsync<LedgerCorruptException>(async () => await ledger.RequireSoundAsync(first, 12, default))).Seq.ShouldBe(1);
        var number = Directory.GetFiles(_directory.LedgerPath, "*.jsonl").Length + 1;
        await using (var file = new FileStream(_directory.Segment(number), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 20);
        }

        (await Should.ThrowAsync<LedgerCorruptException>(async () => await ledger.RequireSoundAsync(last, 12, default))).Seq.ShouldBe(12);
    }

    [Fact]
    public async Task RequireSound_TouchedOnly_IsSound()
    {
        var ledger = _directory.Open(segmentBytes: 4096);
        var loop = await WriteAsync(ledger, "a", 40);
        foreach (var segment in Directory.GetFiles(_directory.LedgerPath, "*.jsonl"))
        {
            IOFile.SetLastWriteTimeUtc(segment, DateTime.UnixEpoch);
        }

        await ledger.RequireSoundAsync(loop, 40, default);
        (await DamagedAsync(ledger)).ShouldBeEmpty();
    }

    [Fact]
    public async Task RequireSound_NothingChanged_ReadsNothing()
    {
        var files = new ReadCountingLayer();
        using var ledger = new FileLedger(files, _directory.Path, 4096, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var loop = await WriteAsync(ledger, "a", 40);
        var before = files.Opened;

        await ledger.RequireSoundAsync(loop, 40, default);
        (await DamagedAsync(ledger)).ShouldBeEmpty();
        files.Opened.ShouldBe(before);
    }

    private static async Task<LoopId> WriteAsync(ILoopLedger ledger, string id, int entries)
    {
        var loop = new StoredLoop(id);
        await loop.AppendAsync(ledger, entries);
        return loop.Id;
    }

    private static async Task<List<LoopId>> DamagedAsync(ILoopLedger ledger) => await ledger.ListDamagedAsync(default).ToListAsync();

    /// <summary>In place, as soon after the last append as can be: the kernel's clock may show the same time.</summary>
    private void Alter(LoopId loop, long seq)
    {
        foreach (var segment in Directory.GetFiles(_directory.LedgerPath, "*.jsonl"))
        {
            using var file = new FileStream(segment, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            if (bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes($"{{\"loop\":\"{loop}\",\"seq\":{seq},")) is var at and >= 0)
            {
                file.Position = at + 120;
                file.WriteByte((byte)(bytes[at + 120] ^ 1));
            }
        }
    }
}
