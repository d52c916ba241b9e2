using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File.Reads;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using Microsoft.Data.Sqlite;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File.Tests.Reads;

/// <summary>
/// Records beside the ledger of a data directory: always what the ledger says, whatever became of the file they are kept in.
/// </summary>
public sealed class LoopRecordsTests : IAsyncLifetime, IDisposable
{
    private readonly DataDirectory _directory = new();
    private readonly List<IAsyncDisposable> _opened = [];
    private readonly ToldLogs<SqliteReadModel> _model = new();
    private readonly ToldLogs<LoopRecords> _told = new();
    private CountingLedger _ledger = null!;

    private string File => Path.Combine(_directory.Path, SqliteReadModel.Directory, SqliteReadModel.FileName);

    public Task InitializeAsync()
    {
        _ledger = new CountingLedger(_directory.Open());
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => CloseAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Find_KeptRecord_ReadsNoLedger()
    {
        var loop = await RunAsync(Open(), "a", entries: 50);
        await CloseAsync();

        var records = Open();
        var before = _ledger.Reads;
        var found = (await records.FindAsync(loop.Id, default)).ShouldNotBeNull();
        Text(found).ShouldBe(Text(LoopRecord.Of(loop.State)));
        (await records.ListAsync(new LoopQuery { Tenant = "acme" }, default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        _ledger.Reads.ShouldBe(before);
    }

    [Fact]
    public async Task Find_UnknownLoop_IsNull() => (await Open().FindAsync(new LoopId("nobody"), default)).ShouldBeNull();

    [Fact]
    public async Task FindAndList_KilledBetweenLedgerAndRecord_AreAsOfTheLastEntry()
    {
        // What a process that was killed leaves: entries that are durable, and records of before.
        var loop = await RunAsync(Open(), "a", entries: 5);
        await CloseAsync();
        await _ledger.AppendAsync(loop.Cancel(), default);
        var other = new StoredLoop("b");
        await other.AppendAsync(_ledger, 3);

        var records = Open();
        Text((await records.FindAsync(loop.Id, default))!).ShouldBe(Text(LoopRecord.Of(loop.State)));
        (await records.ListAsync(new LoopQuery { Status = LoopStatus.Cancelled }, default))
            .Loops.ShouldHaveSingleItem()
            .Id.ShouldBe(loop.Id);
        (await records.ListAsync(default).ToListAsync()).Select(l => l.Id).ShouldBe([loop.Id, other.Id]);

        await CloseAsync();
        var reads = _ledger.Reads;
        (await Open().ListAsync(default).CountAsync()).ShouldBe(2);
        _ledger.Reads.ShouldBe(reads, "what was made up for is kept");
    }

    [Fact]
    public async Task List_NotWrittenYet_IsAsOfTheLastEntry()
    {
        var records = Open(new BrokenReadModel());
        var loop = await RunAsync(records, "a", entries: 4);

        (await records.ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        (await records.ListAsync(new LoopQuery { Status = LoopStatus.Cancelled }, default)).Loops.ShouldBeEmpty();
        await _ledger.AppendAsync(loop.Cancel(), default);
        records.Keep(loop.State);
        (await records.ListAsync(new LoopQuery { Status = LoopStatus.Cancelled }, default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        (await records.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldBeEmpty();
    }

    [Fact]
    public async Task Flush_ReadModelThatFails_KeepsTheRecordsUntilItCan()
    {
        var store = new BrokenReadModel();
        var records = Open(store);
        var loop = await RunAsync(records, "a", entries: 4);

        (await records.FlushAsync()).ShouldBeFalse();
        _told.Told.ShouldContain(2131);
        Text((await records.FindAsync(loop.Id, default))!).ShouldBe(Text(LoopRecord.Of(loop.State)));
        store.IsBroken = false;
        (await records.FlushAsync()).ShouldBeTrue();
        store.Written.Last().Seq.ShouldBe(4);
    }

    [Theory]
    [InlineData("not a database at all, and longer than a header of one is, so that nobody takes it for an empty one")]
    [InlineData("")]
    public async Task Open_FileThatIsNone_IsMadeAnewAndTold(string content)
    {
        var loop = await RunAsync(Open(), "a", entries: 5);
        await CloseAsync();
        IOFile.WriteAllText(File, content);

        (await Open().ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        (_told.Told.Contains(2133) && (content.Length == 0 || _model.Told.Contains(2321))).ShouldBeTrue();
        await ShouldBeKeptAsync(loop);
    }

    /// <summary>Whatever byte of the file goes bad, lists and reports are those of the ledger: read by the holder, and beside it.</summary>
    [Fact]
    public async Task FindAndList_AnyPartOfTheFileAlteredOrCut_AreThoseOfTheLedger()
    {
        var records = Open();
        var loops = new List<StoredLoop>();
        for (var i = 0; i < 6; i++)
        {
            loops.Add(await RunAsync(records, $"loop-{i}", entries: 3));
        }

        await CloseAsync();
        var whole = await IOFile.ReadAllBytesAsync(File);
        var random = new Random(1);
        for (var i = 0; i < 60; i++)
        {
            var bytes = whole.ToArray();
            if (i % 6 == 0)
            {
                bytes = bytes[..random.Next(bytes.Length)];
            }
            else
            {
                random.NextBytes(bytes.AsSpan(random.Next(bytes.Length - 40), i % 6 == 1 ? 40 : 1));
            }

            await IOFile.WriteAllBytesAsync(File, bytes);
            using var model = SqliteReadModel.Beside(_directory.Path, _model);
            await using var reader = new LoopRecords(new FileLedgerReader(_directory.Path), model, RecordKeeping.Reader, _told);
            await ShouldBeAsync(reader, loops, $"reader, {i}");
            model.Dispose();
            await ShouldBeAsync(Open(), loops, $"holder, {i}");
            await CloseAsync();
        }
    }

    [Fact]
    public async Task List_FileThatGoesBadWhileItIsUsed_IsMadeAnew()
    {
        var records = Open();
        var loops = new List<StoredLoop> { await RunAsync(records, "a", entries: 3), await RunAsync(records, "b", entries: 3) };
        (await records.FlushAsync()).ShouldBeTrue();
        (await records.ListAsync(default).CountAsync()).ShouldBe(2);
        Execute("UPDATE loops SET record = zeroblob(100) WHERE id = 'a'");

        Text((await records.FindAsync(loops[0].Id, default))!).ShouldBe(Text(LoopRecord.Of(loops[0].State)));
        await ShouldBeAsync(records, loops, "after the file was removed");
    }

    [Fact]
    public async Task Open_RemovedFile_IsMadeAnewAndTold()
    {
        var loop = await RunAsync(Open(), "a", entries: 5);
        await CloseAsync();
        Directory.Delete(Path.GetDirectoryName(File)!, recursive: true);

        (await Open().ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        _told.Told.ShouldContain(2133);
        await ShouldBeKeptAsync(loop);
    }

    [Fact]
    public async Task Open_FileOfAnotherVersion_IsMadeAnewAndTold()
    {
        var loop = await RunAsync(Open(), "a", entries: 5);
        await CloseAsync();
        Execute("PRAGMA user_version = 1; ALTER TABLE loops DROP COLUMN summary");

        (await Open().ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        _model.Told.ShouldContain(2321);
        await ShouldBeKeptAsync(loop);
    }

    [Fact]
    public async Task Open_RecordsOfALedgerThatIsGone_AreReplacedOrDropped()
    {
        var records = Open();
        var longer = await RunAsync(records, "a", entries: 9);
        var gone = new StoredLoop("gone");
        gone.Next();
        records.Keep(gone.State);
        await CloseAsync();
        // As after a restore: the kept record is of an entry that this ledger does not have.
        using (var model = SqliteReadModel.Own(_directory.Lock, _model))
        {
            await model.WriteAsync([LoopRecord.Of(longer.State) with { Seq = 40, Head = "elsewhere" }], default);
        }

        records = Open();
        (await records.ListAsync(default).ToListAsync()).ShouldBe([LoopSummary.Of(longer.State)]);
        Text((await records.FindAsync(longer.Id, default))!).ShouldBe(Text(LoopRecord.Of(longer.State)));
    }

    [Fact]
    public async Task Find_RecordOfAnotherLedgerAtTheSameEntry_IsNotBelieved()
    {
        var loop = await RunAsync(Open(), "a", entries: 4);
        await CloseAsync();
        var (id, other) = (loop.Id, LoopRecord.Of(loop.State) with { Head = "elsewhere" });
        using (var model = SqliteReadModel.Own(_directory.Lock, _model))
        {
            await model.RemoveAsync([id], default);
            await model.WriteAsync([other], default);
        }

        (await Open().FindAsync(loop.Id, default))!.Head.ShouldBe(loop.State.Head.ToString());
    }

    [Fact]
    public async Task List_ReadModelThatCannotBeOpened_IsFolded()
    {
        IOFile.WriteAllText(Path.Combine(_directory.Path, SqliteReadModel.Directory), "a file where the directory should be");
        var records = Open();
        var loop = await RunAsync(records, "a", entries: 5);

        (await records.ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        (await records.FlushAsync()).ShouldBeFalse();
        Text((await records.FindAsync(loop.Id, default))!).ShouldBe(Text(LoopRecord.Of(loop.State)));
    }

    [Fact]
    public async Task List_DamagedLoop_ShowsAsWhatItIs()
    {
        var records = Open();
        var (sound, damaged) = (await RunAsync(records, "sound", entries: 5), await RunAsync(records, "harmed", entries: 5));
        await CloseAsync();
        var segment = _directory.Segment(1);
        _directory.ForgetCheckpoint();
        IOFile.WriteAllText(
            segment,
            IOFile.ReadAllText(segment).Replace("what harmed is for", "what harmed was for", StringComparison.Ordinal)
        );
        _ledger = new CountingLedger(_directory.Open());

        records = Open();
        var listed = await records.ListAsync(default).ToListAsync();
        listed.Single(l => l.Id == sound.Id).ShouldBe(LoopSummary.Of(sound.State));
        listed.Single(l => l.Id == damaged.Id).Damage.ShouldNotBeNull();
        await Should.ThrowAsync<LedgerCorruptException>(async () => await records.FindAsync(damaged.Id, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FindAndList_OldEntryChangedOnDisk_ShowItAndWhatWasForkedFromItAsDamagedUntilItIsMended(bool holder)
    {
        var records = Open();
        var (sound, harmed) = (await RunAsync(records, "sound", entries: 5), await RunAsync(records, "harmed", entries: 5));
        var fork = harmed.Fork("fork", out var forked);
        await _ledger.AppendAsync(forked, default);
        records.Keep(fork.State);
        await harmed.AppendAsync(_ledger, 1);
        records.Keep(harmed.State);
        (await records.FlushAsync()).ShouldBeTrue();
        using var model = SqliteReadModel.Beside(_directory.Path, _model);
        await using var reader = new LoopRecords(new FileLedgerReader(_directory.Path), model, RecordKeeping.Reader, _told);
        records = holder ? records : reader;
        (await records.ListAsync(default).ToListAsync()).ShouldAllBe(l => l.Damage == null);
        var whole = await IOFile.ReadAllBytesAsync(_directory.Segment(1));
        var text = System.Text.Encoding.UTF8.GetString(whole);
        await IOFile.WriteAllTextAsync(
            _directory.Segment(1),
            text.Replace("what harmed is for", "what harmed iz for", StringComparison.Ordinal)
        );

        var listed = await records.ListAsync(default).ToListAsync();
        listed.Where(l => l.Damage is null).Select(l => l.Id).ShouldBe([sound.Id]);
        listed.Select(l => l.Id).ShouldBe([harmed.Id, fork.Id, sound.Id], ignoreOrder: true);
        (await Should.ThrowAsync<LedgerCorruptException>(async () => await records.FindAsync(harmed.Id, default))).Seq.ShouldBe(1);
        await Should.ThrowAsync<LedgerCorruptException>(async () => await records.FindAsync(fork.Id, default));
        Text((await records.FindAsync(sound.Id, default))!).ShouldBe(Text(LoopRecord.Of(sound.State)));

        await IOFile.WriteAllBytesAsync(_directory.Segment(1), whole);
        (await records.ListAsync(default).ToListAsync()).ShouldBe(
            [LoopSummary.Of(harmed.State), LoopSummary.Of(sound.State), LoopSummary.Of(fork.State)],
            ignoreOrder: true
        );
        Text((await records.FindAsync(fork.Id, default))!).ShouldBe(Text(LoopRecord.Of(fork.State)));
    }

    [Fact]
    public async Task Find_EntryChangedBehindAFork_LeavesTheForkAsItIs()
    {
        var records = Open();
        var parent = await RunAsync(records, "parent", entries: 3);
        var fork = parent.Fork("fork", out var forked);
        await _ledger.AppendAsync(forked, default);
        records.Keep(fork.State);
        await parent.AppendAsync(_ledger, 3);
        records.Keep(parent.State);
        (await records.FlushAsync()).ShouldBeTrue();
        var text = await IOFile.ReadAllTextAsync(_directory.Segment(1));
        await IOFile.WriteAllTextAsync(_directory.Segment(1), text.Replace("message 4", "massage 4", StringComparison.Ordinal));

        Text((await records.FindAsync(fork.Id, default))!).ShouldBe(Text(LoopRecord.Of(fork.State)));
        (await records.ListAsync(default).ToListAsync()).Where(l => l.Damage is not null).Select(l => l.Id).ShouldBe([parent.Id]);
    }

    [Fact]
    public async Task Reader_BesideTheWriter_SeesEachEntryAndWritesNothing()
    {
        var records = Open();
        var loop = await RunAsync(records, "a", entries: 5);
        (await records.FlushAsync()).ShouldBeTrue();
        using var model = SqliteReadModel.Beside(_directory.Path, _model);
        await using var reader = new LoopRecords(new FileLedgerReader(_directory.Path), model, RecordKeeping.Reader, _told);

        (await reader.ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        await _ledger.AppendAsync(loop.Cancel(), default);
        Text((await reader.FindAsync(loop.Id, default))!)
            .ShouldBe(Text(LoopRecord.Of(loop.State)), "the writer has not kept this entry yet");
        records.Keep(loop.State);
        (await records.FlushAsync()).ShouldBeTrue();
        await using var later = new LoopRecords(new FileLedgerReader(_directory.Path), model, RecordKeeping.Reader, _told);
        (await later.ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
    }

    [Fact]
    public async Task Reader_WithoutAFile_FoldsAndMakesNone()
    {
        var loop = new StoredLoop("a");
        await loop.AppendAsync(_ledger, 5);
        using var model = SqliteReadModel.Beside(_directory.Path, _model);
        await using var reader = new LoopRecords(new FileLedgerReader(_directory.Path), model, RecordKeeping.Reader, _told);

        (await reader.ListAsync(new LoopQuery(), default)).Loops.ShouldBe([LoopSummary.Of(loop.State)]);
        Directory.Exists(Path.GetDirectoryName(File)!).ShouldBeFalse();
    }

    [Fact]
    public async Task List_Pages_HaveEachLoopOnceWhetherKeptOrNot()
    {
        var records = Open();
        for (var i = 0; i < 12; i++)
        {
            await RunAsync(records, $"loop-{i:d2}", entries: 2);
            if (i % 3 == 0)
            {
                (await records.FlushAsync()).ShouldBeTrue();
            }
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await records.ListAsync(new LoopQuery { Limit = 5, Cursor = cursor }, default);
            seen.AddRange(page.Loops.Select(l => l.Id.Value));
            cursor = page.Next;
        } while (cursor is not null);

        seen.ShouldBe(Enumerable.Range(0, 12).Select(i => $"loop-{i:d2}").Reverse());
    }

    private static string Text(LoopRecord record) => JsonSerializer.Serialize(record, RecordJson.Default.LoopRecord);

    private static async Task ShouldBeAsync(LoopRecords records, List<StoredLoop> loops, string what)
    {
        (await records.ListAsync(default).ToListAsync()).ShouldBe(loops.Select(l => LoopSummary.Of(l.State)), ignoreOrder: true, what);
        (
            await records.ListAsync(
                new LoopQuery
                {
                    Tenant = "acme",
                    Status = LoopStatus.Running,
                    Limit = 4,
                },
                default
            )
        ).Loops.Count.ShouldBe(Math.Min(4, loops.Count), what);
        foreach (var loop in loops)
        {
            Text((await records.FindAsync(loop.Id, default))!).ShouldBe(Text(LoopRecord.Of(loop.State)), what);
        }
    }

    private async Task ShouldBeKeptAsync(StoredLoop loop)
    {
        await CloseAsync();
        var before = _ledger.Reads;
        Text((await Open().FindAsync(loop.Id, default))!).ShouldBe(Text(LoopRecord.Of(loop.State)));
        _ledger.Reads.ShouldBe(before);
    }

    private LoopRecords Open(IReadModel? store = null)
    {
        var own = store is null ? SqliteReadModel.Own(_directory.Lock, _model) : null;
        var records = new LoopRecords(_ledger, store ?? own!, RecordKeeping.Holder, _told);
        _opened.Add(records);
        if (own is not null)
        {
            _opened.Add(new Closing(own));
        }

        return records;
    }

    private async Task CloseAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }

        _opened.Clear();
    }

    private async Task<StoredLoop> RunAsync(LoopRecords records, string id, int entries)
    {
        var loop = new StoredLoop(id);
        for (var i = 0; i < entries; i++)
        {
            await _ledger.AppendAsync(loop.Next(), default);
            records.Keep(loop.State);
        }

        return loop;
    }

    private void Execute(string text)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = text;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private sealed class Closing(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
