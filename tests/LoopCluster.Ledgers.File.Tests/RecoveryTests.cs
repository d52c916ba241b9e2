using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.TestKit.Contracts;
using LoopCluster.TestKit.Ledger;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>What a start makes of files that are not as they were left.</summary>
public sealed class RecoveryTests : IDisposable
{
    private readonly DataDirectory _directory = new();
    private readonly LedgerEntryBuilder _one = new("one");
    private readonly LedgerEntryBuilder _other = new("other");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("{\"loop\":\"one\",\"seq\":9,\"at\":\"2026")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("garbage with a feed\nand more\n")]
    public async Task Open_TornTail_IsCutAndTold(string torn)
    {
        var lines = await FillAsync();
        var length = new FileInfo(_directory.Segment(1)).Length;
        IOFile.AppendAllText(_directory.Segment(1), torn);

        using var ledger = _directory.Open();
        ledger.Recovery.TornFile.ShouldBe("ledger/0000000001.jsonl");
        ledger.Recovery.CutBytes.ShouldBe(torn.Length);
        ledger.Recovery.Damages.ShouldBeEmpty();
        new FileInfo(_directory.Segment(1)).Length.ShouldBe(length);
        (await ReadAsync(ledger, _one)).ShouldBe(lines, LineComparer.Instance);
        await ledger.AppendAsync(_one.Next(), default);
    }

    [Fact]
    public async Task Open_EveryCutOfTheLastGroup_KeepsWholeEntriesOnly()
    {
        await FillAsync();
        _directory.ForgetCheckpoint();
        _directory.ForgetMark();
        var whole = IOFile.ReadAllBytes(_directory.Segment(1));
        var lastLine = whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1;
        for (var length = lastLine; length <= whole.Length; length += 7)
        {
            IOFile.WriteAllBytes(_directory.Segment(1), whole[..length]);
            using var ledger = _directory.Open();
            ledger.Recovery.CutBytes.ShouldBe(length - lastLine);
            ledger.Recovery.Damages.ShouldBeEmpty();
            ledger.Dispose();
            _directory.ForgetCheckpoint();
            _directory.ForgetMark();
        }
    }

    [Theory]
    [InlineData("\"text\":\"x", "\"text\":\"y")]
    [InlineData("{\"loop\":\"one\",\"seq\":3", "{\"loop\":\"two\",\"seq\":3")]
    [InlineData("\"seq\":3", "\"seq\":4")]
    public async Task Open_DamageInTheMiddle_RefusesThatLoopAlone(string from, string to)
    {
        await FillAsync();
        _directory.ForgetCheckpoint();
        Alter("\"loop\":\"one\",\"seq\":3", from, to);

        using var ledger = _directory.Open();
        ledger.Recovery.CutBytes.ShouldBe(0);
        var damage = ledger.Recovery.Damages.ShouldHaveSingleItem();
        (damage.Chain, damage.Seq, damage.File).ShouldBe(("one", 3, "ledger/0000000001.jsonl"));
        var refused = await Should.ThrowAsync<LedgerCorruptException>(async () => await ledger.ReadHeadAsync(_one.Loop, default));
        (refused.Seq, refused.File).ShouldBe((3, "ledger/0000000001.jsonl"));
        await Should.ThrowAsync<LedgerCorruptException>(async () => await ledger.AppendAsync(_one.Next(), default));
        (await ReadAsync(ledger, _other)).Count.ShouldBe(5);
        await ledger.AppendAsync(_other.Next(), default);
    }

    [Fact]
    public async Task Open_LineFeedLost_RefusesBothNeighbours()
    {
        await FillAsync();
        _directory.ForgetCheckpoint();
        Alter("\"loop\":\"one\",\"seq\":3", "}\n{\"loop\":\"one\",\"seq\":4", "}.{\"loop\":\"one\",\"seq\":4");

        using var ledger = _directory.Open();
        ledger.Recovery.Damages.Select(d => (d.Chain, d.Seq)).ShouldBe([("one", 4), ("other", 3)]);
    }

    [Fact]
    public async Task Read_DamageTheCheckpointCovers_EndsWithItsSeq()
    {
        await FillAsync();
        Alter("\"loop\":\"one\",\"seq\":3", "\"text\":\"x", "\"text\":\"y");
        using var ledger = _directory.Open();

        var read = new List<long>();
        var refused = await Should.ThrowAsync<LedgerCorruptException>(async () =>
        {
            await foreach (var line in ledger.ReadAsync(_one.Loop, 1, default))
            {
                read.Add(line.Seq);
            }
        });
        read.ShouldBe([1, 2]);
        refused.Seq.ShouldBe(3);
        (await ReadAsync(ledger, _other)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Open_LastDurableEntryAltered_IsDamageNotATornTail()
    {
        await FillAsync();
        _directory.ForgetCheckpoint();
        Alter("\"loop\":\"other\",\"seq\":5", "\"text\":\"x", "\"text\":\"y");

        using var ledger = _directory.Open();
        ledger.Recovery.CutBytes.ShouldBe(0);
        ledger
            .Recovery.Damages.ShouldHaveSingleItem()
            .ShouldBe(new LedgerDamage("ledger/0000000001.jsonl", "other", 5, "its bytes are not those that were sealed"));
    }

    [Fact]
    public async Task Open_FileCutBelowItsDurableLength_IsTold()
    {
        await FillAsync();
        _directory.ForgetCheckpoint();
        using (var file = IOFile.OpenWrite(_directory.Segment(1)))
        {
            file.SetLength(file.Length - 10);
        }

        using var ledger = _directory.Open();
        ledger.Recovery.Damages.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Open_EarlierSegmentGone_RefusesTheLoopsInIt()
    {
        await FillAsync(segmentBytes: 1024);
        IOFile.Delete(_directory.Segment(2));

        using var ledger = _directory.Open(1024);
        ledger.Recovery.FromCheckpoint.ShouldBeFalse();
        ledger.Recovery.Damages.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-1)]
    public async Task Open_AlteredCheckpoint_IsIgnored(int at)
    {
        var lines = await FillAsync();
        var path = Path.Combine(_directory.LedgerPath, "index");
        var bytes = IOFile.ReadAllBytes(path);
        bytes[at < 0 ? bytes.Length - 1 : at] ^= 1;
        IOFile.WriteAllBytes(path, bytes);

        using var ledger = _directory.Open();
        ledger.Recovery.FromCheckpoint.ShouldBeFalse();
        ledger.Recovery.EntriesRead.ShouldBe(10);
        (await ReadAsync(ledger, _one)).ShouldBe(lines, LineComparer.Instance);
    }

    [Fact]
    public async Task Open_AfterACleanClose_ReadsNoSegment()
    {
        await FillAsync();
        using var ledger = _directory.Open();
        ledger.Recovery.EntriesRead.ShouldBe(0);
        ledger.Recovery.FromCheckpoint.ShouldBeTrue();
    }

    [Fact]
    public async Task Open_SeveralSegments_AreReadAsOne()
    {
        var lines = await FillAsync(segmentBytes: 1024);
        Directory.GetFiles(_directory.LedgerPath, "*.jsonl").Length.ShouldBeGreaterThan(2);
        _directory.ForgetCheckpoint();

        using var ledger = _directory.Open(1024);
        (await ReadAsync(ledger, _one)).ShouldBe(lines, LineComparer.Instance);
    }

    private async Task<List<LedgerLine>> FillAsync(long segmentBytes = 64 << 20)
    {
        var lines = new List<LedgerLine>();
        using var ledger = _directory.Open(segmentBytes);
        for (var i = 0; i < 5; i++)
        {
            lines.Add(_one.Next(size: 300));
            await ledger.AppendAsync(lines[^1], default);
            await ledger.AppendAsync(_other.Next(), default);
        }

        return lines;
    }

    /// <summary>Replaces the first <paramref name="from"/> at or behind the line that <paramref name="line"/> is in.</summary>
    private void Alter(string line, string from, string to)
    {
        var text = Encoding.UTF8.GetString(IOFile.ReadAllBytes(_directory.Segment(1)));
        var start = text.LastIndexOf('\n', text.IndexOf(line, StringComparison.Ordinal)) + 1;
        var at = text.IndexOf(from, start, StringComparison.Ordinal);
        IOFile.WriteAllBytes(_directory.Segment(1), Encoding.UTF8.GetBytes(text[..at] + to + text[(at + from.Length)..]));
    }

    private static async Task<List<LedgerLine>> ReadAsync(FileLedger ledger, LedgerEntryBuilder loop)
    {
        var lines = new List<LedgerLine>();
        await foreach (var line in ledger.ReadAsync(loop.Loop, 1, default))
        {
            lines.Add(line);
        }

        return lines;
    }
}
