using System.Collections.Concurrent;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Kills;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.FaultTests.Hosting;

/// <summary>
/// Two drivers on one loop and one ledger: the ledger lets one win, and the other stops without having done anything twice.
/// </summary>
[Trait("Category", "Fault")]
public sealed class TwoDriversTests
{
    [Fact]
    public async Task Run_ByTwoDriversAtOnce_OneWinsAndTheOtherStops()
    {
        using var data = new FaultData();
        await using var parts = await HostParts.OpenAsync(new HostOptions { Data = data.Path, Witness = data.Witness });
        var state = await CreateAsync(parts, data, "echo one >> count.txt");
        var ends = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => DriveAsync(parts.Ports, state, $"driver-{i}"))));

        ends.Count(e => e is null).ShouldBe(1);
        ends.OfType<Exception>().ShouldAllBe(e => e is LedgerConflictException);
        await ShouldHaveHappenedOnceAsync(data, state.Id, commands: 1);
    }

    [Fact]
    public async Task Run_ByDriverThatTakesOver_RefusesTheResultOfTheFirst()
    {
        using var data = new FaultData();
        var seen = new ConcurrentQueue<string>();
        var inTool = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Tell(string line)
        {
            seen.Enqueue(line);
            if (line.StartsWith("sandbox start sleep", StringComparison.Ordinal))
            {
                inTool.TrySetResult();
            }
        }

        await using var parts = await HostParts.OpenAsync(
            new HostOptions
            {
                Data = data.Path,
                Witness = data.Witness,
                Tell = Tell,
            }
        );
        var state = await CreateAsync(parts, data, "sleep 1 && echo one >> count.txt");
        using var disk = new FaultData();
        await using var services = OnAnotherDisk(parts.Ports, disk.Path, out var other);
        var first = Task.Run(() => DriveAsync(parts.Ports, state, "first"));
        await inTool.Task;
        var taken = await new LoopLoader(parts.Ports.Ledger).LoadAsync(state.Id, CancellationToken.None);
        var second = Task.Run(() => DriveAsync(other, taken!, "second"));

        (await first).ShouldBeOfType<LedgerConflictException>();
        (await second).ShouldBeNull();
        var events = await ShouldHaveHappenedOnceAsync(data, state.Id, commands: 2);
        events.OfType<DriverStarted>().Select(d => (d.Epoch, d.Host)).ShouldBe([(1, "first"), (2, "second")]);
    }

    [Fact]
    public async Task Run_ByDriverThatWasStoppedBeforeItsAct_BeginsNothingOnceAnotherTookOver()
    {
        using var data = new FaultData();
        await using var parts = await HostParts.OpenAsync(new HostOptions { Data = data.Path, Witness = data.Witness });
        var state = await CreateAsync(parts, data, "echo one >> count.txt");
        using var disk = new FaultData();
        await using var services = OnAnotherDisk(parts.Ports, disk.Path, out var other);
        var stopped = new StoppedLedger(parts.Ports.Ledger, "tool-requested");
        var first = Task.Run(() => DriveAsync(parts.Ports with { Ledger = stopped, Time = stopped }, state, "first"));
        await stopped.Reached;
        var taken = await new LoopLoader(parts.Ports.Ledger).LoadAsync(state.Id, CancellationToken.None);

        (await DriveAsync(other, taken!, "second")).ShouldBeNull();
        stopped.Continue(TimeSpan.FromSeconds(5));

        (await first).ShouldBeOfType<LedgerConflictException>();
        await ShouldHaveHappenedOnceAsync(data, state.Id, commands: 1);
    }

    /// <summary>As another machine with the same ledger and blobs would have it: its own working directories, made from packs.</summary>
    private static ServiceProvider OnAnotherDisk(LoopPorts ports, string directory, out LoopPorts other)
    {
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton(ports.Blobs)
            .AddLoopWorkspaces(options => options.Directory = directory)
            .BuildServiceProvider();
        var workspaces = services.GetRequiredService<IWorkspaces>();
        other = ports with
        {
            Workspaces = workspaces,
            Preparer = new BasePreparer(
                workspaces,
                ports.Sandbox,
                ports.Blobs,
                ports.Redactor,
                services.GetRequiredService<IPreparedLayers>()
            ),
            Proofs = new ProofWriter(
                workspaces,
                ports.Blobs,
                new ProofKey(Path.Combine(directory, "keys")),
                Path.Combine(directory, "proofs")
            ),
        };
        return services;
    }

    /// <summary>Null when it drove the loop to its end.</summary>
    private static async Task<Exception?> DriveAsync(LoopPorts ports, LoopState state, string name)
    {
        try
        {
            await new LoopDriver(ports, state, name, NullLogger<LoopDriver>.Instance).RunAsync(CancellationToken.None);
            return null;
        }
        catch (LoopClusterException e)
        {
            return e;
        }
    }

    /// <param name="commands">How often the shell call may have begun.</param>
    private static async Task<IReadOnlyList<LoopEvent>> ShouldHaveHappenedOnceAsync(FaultData data, LoopId loop, int commands)
    {
        var state = await data.ReplayAsync(loop);
        state.Status.ShouldBe(LoopStatus.Verified);
        var events = (await data.ReadAsync(loop)).SelectMany(e => e.Events).ToList();
        events.OfType<ToolCompleted>().GroupBy(c => c.Call).ShouldAllBe(c => c.Count() == 1);
        data.ReadWitness()
            .Count(l => l.StartsWith("tool start", StringComparison.Ordinal) && l.EndsWith("shell", StringComparison.Ordinal))
            .ShouldBe(commands);
        return events;
    }

    private static ValueTask<LoopState> CreateAsync(HostParts parts, FaultData data, string command)
    {
        var spec = SpecFile.Read(
            data.WriteSpec(
                System.Text.Json.JsonSerializer.Serialize(
                    new
                    {
                        goal = "Count to one.",
                        workspace = new { files = new Dictionary<string, string> { ["count.txt"] = "zero\n" } },
                        model = new { script = new Script().Shell(command).Done().ToJson() },
                        gates = new[] { new { name = "one", run = "grep -q one count.txt" } },
                    }
                )
            )
        );
        return parts.Starter.CreateAsync(new StartLoop("default", spec), CancellationToken.None);
    }
}
