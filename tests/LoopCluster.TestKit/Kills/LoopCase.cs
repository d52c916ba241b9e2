using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.TestKit.Kills;

/// <summary>One loop in a store of its own, driven by processes of the fault host.</summary>
internal sealed class LoopCase : IDisposable
{
    private readonly FaultTarget _target;
    private readonly string[] _common;
    private readonly string _spec;

    /// <param name="spec">Serialised as the spec file.</param>
    /// <param name="target">Default: the local host.</param>
    public LoopCase(object spec, bool containers, FaultTarget? target = null)
    {
        _target = target ?? FaultTarget.Local;
        Data = _target.NewData();
        Id = new LoopId($"fault-{Guid.NewGuid():n}"[..24]);
        _spec = Data.WriteSpec(JsonSerializer.Serialize(spec));
        _common = ["--id", Id.Value, "--witness", Data.Witness, .. containers ? new[] { "--containers" } : []];
    }

    public FaultData Data { get; }

    public LoopId Id { get; }

    /// <summary>The loop's working directory on the host.</summary>
    public string Tree => Path.Combine(Data.Path, "work", Id.Value, "tree");

    /// <summary>File that the newest process writes the proof to.</summary>
    public string Proof => Path.Combine(Data.Path, "proofs", Id.Value, "proof.json");

    public HostProcess Run(params string[] more) => Start("run", ["--spec", _spec, .. more]);

    public HostProcess Resume(params string[] more) => Start("resume", more);

    /// <summary>Resumes to the end, which must be a verified one, and returns the events.</summary>
    public async Task<IReadOnlyList<LoopEvent>> ResumeToGreenAsync()
    {
        await using var process = Resume();
        var end = await process.EndAsync();
        end.ExitCode.ShouldBe(ExitCodes.Verified, end.Errors);
        (await Data.ReplayAsync(Id)).Status.ShouldBe(LoopStatus.Verified);
        return await EventsAsync();
    }

    public Task<IReadOnlyList<LedgerEntry>> EntriesAsync() => Data.ReadAsync(Id);

    public async Task<IReadOnlyList<LoopEvent>> EventsAsync() => [.. (await EntriesAsync()).SelectMany(e => e.Events)];

    /// <summary>Removes what a host can make anew from ledger and blobs.</summary>
    public void DropCaches()
    {
        foreach (
            var cache in new[]
            {
                Path.Combine(Data.Path, "repos", $"{Id}.git"),
                Path.Combine(Data.Path, "work", Id.Value),
                Path.Combine(Data.Path, "work", ".layers"),
            }
        )
        {
            if (Directory.Exists(cache))
            {
                Directory.Delete(cache, recursive: true);
            }
        }
    }

    public int Witnessed(string line) => Data.ReadWitness().Count(l => l.StartsWith(line, StringComparison.Ordinal));

    public void Dispose() => Data.Dispose();

    private HostProcess Start(string command, string[] more) => HostProcess.Start([command, .. Data.BeginProcess(), .. _common, .. more]);
}
