using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Kills;

namespace LoopCluster.FaultTests.Hostile;

/// <summary>A loop with real containers, driven in this process to its end.</summary>
internal sealed class HostileCase : IDisposable
{
    public FaultData Data { get; } = new();

    public LoopId Id { get; } = new($"hostile-{Guid.NewGuid():n}"[..24]);

    public LoopState State { get; private set; } = null!;

    public IReadOnlyList<LoopEvent> Events { get; private set; } = [];

    /// <summary>The loop's bare repository.</summary>
    public string Repository => Path.Combine(Data.Path, "repos", $"{Id}.git");

    public async Task RunAsync(object spec)
    {
        await using var parts = await HostParts.OpenAsync(
            new HostOptions
            {
                Data = Data.Path,
                Containers = true,
                Witness = Data.Witness,
            }
        );
        await parts.Host.StartAsync(
            new StartLoop("default", SpecFile.Read(Data.WriteSpec(JsonSerializer.Serialize(spec))), Id),
            CancellationToken.None
        );
        await parts.Host.IdleAsync();
        State = await Data.ReplayAsync(Id);
        Events = [.. (await Data.ReadAsync(Id)).SelectMany(e => e.Events)];
        (await Containers.ListAsync(Id)).ShouldBeEmpty();
    }

    public ToolCompleted ResultOf(int call) => Events.OfType<ToolCompleted>().ElementAt(call);

    /// <summary>What git has of a file in the final tree, byte for byte, or null.</summary>
    public async Task<string?> CommittedAsync(string path)
    {
        var (exit, output) = await Git.TryAsync(Repository, "cat-file", "blob", $"{State.Workspace.Commit}:{path}");
        return exit == 0 ? Encoding.Latin1.GetString(output) : null;
    }

    public async Task<string[]> CommittedPathsAsync() =>
        Encoding
            .UTF8.GetString((await Git.TryAsync(Repository, "ls-tree", "-r", "-z", "--name-only", State.Workspace.Tree)).Output)
            .Split('\0', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => Data.Dispose();
}
