using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Driver;

namespace LoopCluster.FaultTests.Support;

/// <summary>A data directory of a test, read as any other process would read it.</summary>
internal sealed class FaultData : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("loop-faults-");

    /// <summary>Everything of this test, the data directory among it.</summary>
    public string Root => _root.FullName;

    public string Path => System.IO.Path.Combine(Root, "data");

    public string Witness => System.IO.Path.Combine(Root, "witness");

    public string WriteSpec(string json)
    {
        var file = System.IO.Path.Combine(Root, "spec.json");
        File.WriteAllText(file, json);
        return file;
    }

    /// <summary>The loop's entries as they are on disk now.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> ReadAsync(LoopId loop)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var line in new FileLedgerReader(Path).ReadAsync(loop, 1, CancellationToken.None))
        {
            entries.Add(LedgerCodec.Read(line));
        }

        return entries;
    }

    public async Task<LoopState> LoadAsync(LoopId loop) => (await new LoopLoader(new FileLedgerReader(Path)).LoadAsync(loop, CancellationToken.None))!;

    /// <summary>Checks every byte of the directory's ledger and audit log, and that the loop's effects can be derived again.</summary>
    public async Task<LoopState> ReplayAsync(LoopId loop)
    {
        var ledger = await new LedgerVerifier(Path).VerifyAsync(null, CancellationToken.None);
        ledger.FirstBad.ShouldBeNull();
        var audit = await new LedgerVerifier(Path).VerifyAuditAsync(null, CancellationToken.None);
        audit.FirstBad.ShouldBeNull();
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

    public void Dispose() => _root.Delete(recursive: true);
}
