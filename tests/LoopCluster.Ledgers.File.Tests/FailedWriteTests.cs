using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.TestKit.Contracts;
using LoopCluster.TestKit.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>Full and broken disks: waiters fail, nothing half-written stays, and appending works again without a restart.</summary>
public sealed class FailedWriteTests : IDisposable
{
    private readonly DataDirectory _directory = new();
    private readonly FaultyFileLayer _disk = new();
    private readonly FileLedger _ledger;
    private readonly LedgerEntryBuilder _loop = new("one");

    public FailedWriteTests() => _ledger = new FileLedger(_disk, _directory.Path, 64 << 20, NullLogger.Instance);

    public void Dispose()
    {
        _ledger.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Append_DiskFull_FailsWithWhatToDoAndWorksAgainLater()
    {
        var lines = new List<LedgerLine> { _loop.Next(), _loop.Next() };
        await _ledger.AppendAsync(lines[0], default);
        _disk.Full = true;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var error = await Should.ThrowAsync<InfrastructureException>(async () => await _ledger.AppendAsync(lines[1], default));
            error.Code.ShouldBe("ledger-unavailable");
            error.Message.ShouldContain("No space left on device");
            error.Message.ShouldContain("Free space");
        }

        (await _ledger.ReadHeadAsync(_loop.Loop, default))!.Value.Seq.ShouldBe(1);
        _disk.Full = false;
        await _ledger.AppendAsync(lines[1], default);
        lines.Add(_loop.Next());
        await _ledger.AppendAsync(lines[2], default);

        (await ReadAsync(_ledger)).ShouldBe(lines, LineComparer.Instance);
        Directory.GetFiles(_directory.LedgerPath, "*.jsonl").Length.ShouldBe(2, "failed attempts don't pile up segments");
        await ShouldBeSoundAsync(3);
    }

    [Fact]
    public async Task Append_SyncFails_IsNotTriedAgainAndAllWaitersFail()
    {
        await _ledger.AppendAsync(_loop.Next(), default);
        _disk.Broken = true;
        var syncs = _disk.Syncs;
        var next = _loop.Next();
        await Should.ThrowAsync<InfrastructureException>(async () => await _ledger.AppendAsync(next, default));
        _disk.Syncs.ShouldBe(syncs + 1);

        var others = Enumerable.Range(0, 20).Select(i => new LedgerEntryBuilder($"other-{i}").Next()).ToArray();
        var failed = await Task.WhenAll(
            others.Select(line =>
                Task.Run(async () => await Should.ThrowAsync<InfrastructureException>(async () => await _ledger.AppendAsync(line, default)))
            )
        );
        failed.ShouldAllBe(e => e.Code == "ledger-unavailable");

        _disk.Broken = false;
        await _ledger.AppendAsync(next, default);
        await ShouldBeSoundAsync(2);
    }

    [Fact]
    public async Task Append_AuditAfterDiskFull_KeepsChainAndCopyInStep()
    {
        await _ledger.AppendAsync(_loop.Next(), [Samples.Audit("acme", 1)], default);
        _disk.Full = true;
        var next = _loop.Next();
        await Should.ThrowAsync<InfrastructureException>(async () => await _ledger.AppendAsync(next, [Samples.Audit("acme", 2)], default));
        _disk.Full = false;
        await _ledger.AppendAsync(next, [Samples.Audit("acme", 2)], default);
        await _ledger.AppendAsync(next, [Samples.Audit("acme", 3)], default);

        var verified = await new LedgerVerifier(_directory.Path).VerifyAuditAsync("acme", default);
        verified.ShouldBe(new ChainVerification(true, 2, null, null));
    }

    [Fact]
    public async Task Append_AfterDispose_IsRefused()
    {
        _ledger.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(async () => await _ledger.AppendAsync(_loop.Next(), default));
    }

    private async Task ShouldBeSoundAsync(long entries)
    {
        var verified = await new LedgerVerifier(_directory.Path).VerifyAsync(null, default);
        verified.ShouldBe(new ChainVerification(true, entries, null, null));
    }

    private async Task<List<LedgerLine>> ReadAsync(FileLedger ledger)
    {
        var lines = new List<LedgerLine>();
        await foreach (var line in ledger.ReadAsync(_loop.Loop, 1, default))
        {
            lines.Add(line);
        }

        return lines;
    }
}
