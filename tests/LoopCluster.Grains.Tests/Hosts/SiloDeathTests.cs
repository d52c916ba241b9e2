using System.Diagnostics;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;
using Xunit.Abstractions;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>Silos that die, leave, and come.</summary>
[Trait("Category", "Cluster")]
public sealed class SiloDeathTests(ITestOutputHelper output) : ClusterTests
{
    [Fact]
    public async Task Kill_SiloWithLoopsRunning_AllEndRightElsewhereWithoutItsDisk()
    {
        await StartClusterAsync(4);
        var loops = await StartAsync(24);
        await Task.WhenAll(loops.Select(l => HeldAsync(l)));
        var victim = Cluster.SiloOf(loops[0]).ShouldNotBeNull();
        var orphans = loops.Where(l => Cluster.SiloOf(l) == victim).ToArray();
        orphans.ShouldNotBeEmpty();

        var clock = Stopwatch.StartNew();
        await Cluster.KillAsync(victim);
        await Task.WhenAll(orphans.Select(l => HeldAsync(l, epoch: 2)));
        output.WriteLine($"{orphans.Length} orphans hold again after {clock.ElapsedMilliseconds} ms");

        Directory.Exists(Cluster.DirectoryOf(victim)).ShouldBeFalse();
        Shell.Release();
        await AllEndRightAsync(loops);
        foreach (var loop in loops)
        {
            (await StateAsync(loop)).Epoch.ShouldBe(
                orphans.Contains(loop) ? 2 : 1,
                "a survivor's loop does not notice, an orphan is taken up once"
            );
        }
    }

    [Fact]
    public async Task Stop_StepsThatEndInTime_AreNotRepeatedAndTheirLoopsDoNotWaitForTheOthers()
    {
        LoopId? slow = null;
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sandbox = new FakeSandbox(
            async (seen, cancellationToken) =>
            {
                var result = await Shell.Sandbox.RunAsync(seen.Owner, seen.Shape, seen.Call, cancellationToken);
                await (seen.Owner.Loop == slow && seen.Call.Command == "hold" ? end.Task : Task.CompletedTask).WaitAsync(cancellationToken);
                return result;
            }
        );
        await StartClusterAsync(2, s => s with { Sandbox = sandbox, Configuration = new Dictionary<string, string?>
                {
                    ["LoopCluster:Silo:DrainSeconds"] = "60",
                } });
        var loops = await StartAsync(12);
        await Task.WhenAll(loops.Select(l => HeldAsync(l)));
        var leaving = Cluster.SiloOf(loops[0]).ShouldNotBeNull();
        var its = loops.Where(l => Cluster.SiloOf(l) == leaving).ToArray();
        its.Length.ShouldBeGreaterThan(1);
        slow = its[0];

        var stopping = Cluster.StopAsync(leaving);
        await UntilAsync(() => LoopTestCluster.Get<LoopDrivers>(leaving).IsStopping, "it drains");
        Shell.Release();
        await AllEndRightAsync([.. loops.Where(l => l != slow)]);
        stopping.IsCompleted.ShouldBeFalse("one step still runs there");
        end.SetResult();
        await stopping;

        await AllEndRightAsync(loops);
        foreach (var loop in loops)
        {
            (await StateAsync(loop)).Epoch.ShouldBe(its.Contains(loop) ? 2 : 1);
            Calls(loop, "hold").ShouldBe(1, "a step that came to its end is done");
        }
    }

    [Fact]
    public async Task Stop_StepsThatDoNotEnd_AreCutOffAndTheirLoopsHandedOver()
    {
        await StartClusterAsync(3);
        var loops = await StartAsync(24);
        await Task.WhenAll(loops.Select(l => HeldAsync(l)));
        var leaving = Cluster.SiloOf(loops[0]).ShouldNotBeNull();
        var parked = loops.Where(l => Cluster.SiloOf(l) == leaving).ToArray();

        var clock = Stopwatch.StartNew();
        await Cluster.StopAsync(leaving);
        await Task.WhenAll(parked.Select(l => HeldAsync(l, epoch: 2)));
        output.WriteLine($"{parked.Length} loops hold again after {clock.ElapsedMilliseconds} ms");

        Shell.Release();
        await AllEndRightAsync(loops);
        foreach (var loop in loops)
        {
            (await StateAsync(loop)).Epoch.ShouldBe(parked.Contains(loop) ? 2 : 1);
        }
    }

    [Fact]
    public async Task Kill_TwoOfThreeSilosAtOnce_AllEndRightOnTheLast()
    {
        await StartClusterAsync(3);
        var loops = await StartAsync(12);
        await Task.WhenAll(loops.Select(l => HeldAsync(l)));

        var victims = Cluster.Silos.Take(2).ToArray();
        await Task.WhenAll(victims.Select(Cluster.KillAsync));
        Shell.Release();

        await AllEndRightAsync(loops);
    }

    [Fact]
    public async Task Add_SiloToARunningCluster_TakesNewLoopsAndDisturbsNone()
    {
        await StartClusterAsync(1);
        var before = await StartAsync(6);
        await Task.WhenAll(before.Select(l => HeldAsync(l)));

        var added = await Cluster.AddSiloAsync();
        var after = await StartAsync(20);
        await Task.WhenAll(after.Select(l => HeldAsync(l)));

        after.Count(l => Cluster.SiloOf(l) == added).ShouldBeGreaterThan(0);
        before.ShouldAllBe(l => Cluster.SiloOf(l) != added);
        Shell.Release();
        await AllEndRightAsync([.. before, .. after]);
    }

    [Fact]
    public async Task Host_OfARunningLoop_IsTheSilosAddressWithItsGeneration()
    {
        await StartClusterAsync(2);
        var loop = await StartAsync();
        await HeldAsync(loop);

        var silo = Cluster.SiloOf(loop).ShouldNotBeNull();

        (await EventsAsync<DriverStarted>(loop)).ShouldHaveSingleItem().Host.ShouldBe(silo.SiloAddress.ToParsableString());
        (await AnyHost.GetAsync(loop, Patient)).ShouldNotBeNull().Driven.ShouldBeTrue();
        LoopSummary.Of(await StateAsync(loop)).Host.ShouldBe(silo.SiloAddress.ToParsableString());
    }

    [Fact]
    public async Task Watch_AcrossAKill_YieldsEveryEntryOnce()
    {
        await StartClusterAsync(3);
        var loop = await StartAsync();
        await HeldAsync(loop);
        var victim = Cluster.SiloOf(loop).ShouldNotBeNull();
        var host = LoopTestCluster.HostOf(Cluster.Silos.First(s => s != victim));
        var seen = new List<long>();
        var watching = Task.Run(async () =>
        {
            await foreach (var line in host.WatchAsync(loop, 1, Patient))
            {
                seen.Add(line.Seq);
            }
        });

        await Cluster.KillAsync(victim);
        await HeldAsync(loop, epoch: 2);
        Shell.Release();
        await watching.WaitAsync(Patient);

        seen.ShouldBe(Enumerable.Range(1, (int)(await StateAsync(loop)).Seq).Select(i => (long)i));
    }

    [Fact]
    public async Task Signal_DuringAKill_IsRecordedOnceWhenItIsAcknowledged()
    {
        await StartClusterAsync(3);
        var loops = await StartAsync(9);
        await Task.WhenAll(loops.Select(l => HeldAsync(l)));
        var victim = Cluster.SiloOf(loops[0]).ShouldNotBeNull();
        var host = LoopTestCluster.HostOf(Cluster.Silos.First(s => s != victim));

        var signals = loops.Select(l => Task.Run(() => AcknowledgedAsync(host, l, new MessageSignal("m1", "ann", "hello")))).ToArray();
        await Cluster.KillAsync(victim);
        await Task.WhenAll(signals);

        foreach (var loop in loops)
        {
            (await EventsAsync<MessageReceived>(loop)).ShouldHaveSingleItem().Text.ShouldBe("hello");
        }

        Shell.Release();
        await AllEndRightAsync(loops);
    }

    [Fact]
    public async Task LedgerAway_ForOneSilo_ItsLoopsAreTakenUpAgainAfterwards()
    {
        await StartClusterAsync(1);
        var loop = await StartAsync();
        await HeldAsync(loop);
        var silo = Cluster.Silos.Single();

        Cluster.CutOff(silo, true);
        Shell.Release();
        await UntilAsync(() => LoopTestCluster.Get<LoopDrivers>(silo).Find(loop) is null, "the drive fails");
        Cluster.CutOff(silo, false);

        await AllEndRightAsync([loop]);
    }

    [Fact]
    public async Task Create_AndNobodyWakesTheLoop_AKeeperDoes()
    {
        await StartClusterAsync(2, s => s with { Configuration = new Dictionary<string, string?>
                {
                    ["LoopCluster:Keeper:NewLoopAge"] = "00:00:00.2",
                    ["LoopCluster:Keeper:Period"] = "00:00:00.5",
                } });

        // As if the node that created it had died before it called a grain.
        var created = await LoopTestCluster
            .Get<LoopStarter>(Cluster.Silos.First())
            .CreateAsync(new StartLoop(Tenant, HoldingSpec()), Patient);
        Shell.Release();

        await AllEndRightAsync([created.Id]);
    }

    /// <summary>
    /// As a client does that is told that it did not work: a silo in its last moments answers that it has no ledger any more.
    /// </summary>
    private async Task AcknowledgedAsync(ILoopHost host, LoopId loop, LoopSignal signal)
    {
        while (true)
        {
            try
            {
                await host.SignalAsync(loop, signal, Patient);
                return;
            }
            catch (InfrastructureException e)
            {
                e.Code.ShouldBe("ledger-unavailable");
                await Task.Delay(10, Patient);
            }
        }
    }
}
