using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.TestKit.Contracts;
using LoopCluster.TestKit.Ledger;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>Reading a directory that somebody else writes.</summary>
public sealed class ReaderTests : IDisposable
{
    private readonly DataDirectory _directory = new();
    private readonly LedgerEntryBuilder _loop = new("one");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Read_NoDirectory_HasNoLoops()
    {
        var reader = new FileLedgerReader(Path.Combine(_directory.Path, "nowhere"));
        (await reader.ReadHeadAsync(_loop.Loop, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Read_WhileTheOwnerAppends_SeesEachEntryOnce()
    {
        using var ledger = _directory.Open(segmentBytes: 4096);
        var reader = new FileLedgerReader(_directory.Path);
        var lines = _loop.Take(200, size: 200);
        var writing = Task.Run(async () =>
        {
            foreach (var line in lines)
            {
                await ledger.AppendAsync(line, default);
            }
        });

        var seen = new List<LedgerLine>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (seen.Count < lines.Count)
        {
            await foreach (var line in reader.ReadAsync(_loop.Loop, seen.Count + 1, limit.Token))
            {
                seen.Add(line);
            }

            if (seen.Count < lines.Count)
            {
                await reader.WaitForGrowthAsync(limit.Token);
            }
        }

        await writing;
        seen.ShouldBe(lines, LineComparer.Instance);
    }

    [Fact]
    public async Task Read_TornTail_IsNotSeenUntilItIsWhole()
    {
        var whole = _loop.Next();
        var growing = _loop.Next();
        using (var ledger = _directory.Open())
        {
            await ledger.AppendAsync(whole, default);
        }

        var reader = new FileLedgerReader(_directory.Path);
        using var file = IOFile.Open(_directory.Segment(1), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        file.Write(growing.Utf8.Span[..100]);
        file.Flush();
        (await reader.ReadHeadAsync(_loop.Loop, default))!.Value.Seq.ShouldBe(1);
        file.Write(growing.Utf8.Span[100..]);
        file.WriteByte((byte)'\n');
        file.Flush();
        (await reader.ReadHeadAsync(_loop.Loop, default))!.Value.Seq.ShouldBe(2);
    }

    [Fact]
    public async Task Read_TailTheOwnerCut_IsForgotten()
    {
        var first = _loop.Next();
        using (var ledger = _directory.Open())
        {
            await ledger.AppendAsync(first, default);
        }

        var length = new FileInfo(_directory.Segment(1)).Length;
        var ghost = LedgerEntryBuilder.Seal(_loop.Loop, 2, 1, first.Hash, "note-kept", "{\"ghost\":true}");
        IOFile.AppendAllBytes(_directory.Segment(1), [.. ghost.Utf8.Span, (byte)'\n']);
        var reader = new FileLedgerReader(_directory.Path);
        (await reader.ReadHeadAsync(_loop.Loop, default))!.Value.Hash.ShouldBe(ghost.Hash);

        using (var file = IOFile.OpenWrite(_directory.Segment(1)))
        {
            file.SetLength(length);
        }

        (await reader.ReadHeadAsync(_loop.Loop, default))!.Value.Hash.ShouldBe(first.Hash);
    }

    [Fact]
    public async Task Append_OnAReader_SaysWhoCan()
    {
        var reader = new FileLedgerReader(_directory.Path);
        var error = await Should.ThrowAsync<LoopClusterException>(async () => await reader.AppendAsync(_loop.Next(), default));
        error.Code.ShouldBe("ledger-read-only");
    }

    [Fact]
    public async Task ReadAudit_OfAnotherProcess_SeesRecords()
    {
        using var ledger = _directory.Open();
        var reader = new FileLedgerReader(_directory.Path);
        await ledger.Audit.AppendAsync(Samples.Audit("acme", 1), default);
        await ledger.Audit.AppendAsync(Samples.Audit("acme", 2), default);

        var seen = 0;
        await foreach (var line in reader.ReadAsync("acme", 2, default))
        {
            line.Span.IndexOf("\"number\":2"u8).ShouldBeGreaterThan(0);
            seen++;
        }

        seen.ShouldBe(1);
    }
}
