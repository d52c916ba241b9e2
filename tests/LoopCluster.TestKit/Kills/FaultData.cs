using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Kills;

/// <summary>
/// A data directory of a test, read as any other process would read it; or another store, for a host whose disk is nothing.
/// </summary>
internal class FaultData : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("loop-faults-");

    /// <summary>Everything of this test, the data directory among it.</summary>
    public string Root => _root.FullName;

    /// <summary>Data directory of the newest process.</summary>
    public virtual string Path => System.IO.Path.Combine(Root, "data");

    /// <summary>The signing key.</summary>
    public virtual string KeysDirectory => System.IO.Path.Combine(Path, "keys");

    public string Witness => System.IO.Path.Combine(Root, "witness");

    public virtual ILoopLedger Ledger => new FileLedgerReader(Path);

    /// <summary>Where the next process of a host keeps what it keeps, as its arguments.</summary>
    public virtual IReadOnlyList<string> BeginProcess() => ["--data", Path];

    public string WriteSpec(string json)
    {
        var file = System.IO.Path.Combine(Root, "spec.json");
        File.WriteAllText(file, json);
        return file;
    }

    /// <summary>The loop's entries as they are stored now.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> ReadAsync(LoopId loop)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var line in Ledger.ReadAsync(loop, 1, CancellationToken.None))
        {
            entries.Add(LedgerCodec.Read(line));
        }

        return entries;
    }

    public async Task<LoopState> LoadAsync(LoopId loop) => (await new LoopLoader(Ledger).LoadAsync(loop, CancellationToken.None))!;

    /// <summary>Checks every byte of the store's ledger and audit log, and that the loop's effects can be derived again.</summary>
    public async Task<LoopState> ReplayAsync(LoopId loop)
    {
        await VerifyAsync();
        var entries = await ReadAsync(loop);
        var replayer = new LoopReplayer(LoopFold.Begin(entries[0]));
        foreach (var entry in entries.Skip(1))
        {
            replayer.Next(entry);
        }

        replayer.Differences.ShouldBeEmpty();
        return replayer.State;
    }

    public string[] ReadWitness() => File.Exists(Witness) ? File.ReadAllLines(Witness) : [];

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _root.Delete(recursive: true);

    protected virtual async Task VerifyAsync()
    {
        var ledger = await new LedgerVerifier(Path).VerifyAsync(null, CancellationToken.None);
        ledger.FirstBad.ShouldBeNull();
        var audit = await new LedgerVerifier(Path).VerifyAuditAsync(null, CancellationToken.None);
        audit.FirstBad.ShouldBeNull();
    }
}
