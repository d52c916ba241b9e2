using System.Diagnostics;
using System.Globalization;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.Bench.Cluster.Turns;
using LoopCluster.Bench.Turns;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Bench.Cluster.Recovery;

/// <summary>What happens to running loops when a silo of three dies, leaves, stands still, or all come back elsewhere.</summary>
/// <param name="wanted">Which of the scenarios to run, by name.</param>
internal sealed class RecoveryBench(string root, int loops, Func<string, bool> wanted, string fsync, Action<string> say)
{
    /// <summary>The scenario whose figures stand for recovery.</summary>
    public const string Kill = "kill -9 of one";

    private const int Silos = 3;
    private const int Turns = 24;
    private static readonly TimeSpan Think = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public async Task<IReadOnlyList<RecoveryResult>> RunAsync()
    {
        await using var stub = await StubServer.StartAsync(Turns, Think);
        await using var redis = await RedisFigures.StartAsync(Path.Combine(root, "recovery", "redis"), fsync);
        await using var cluster = await BenchCluster.StartAsync(Path.Combine(root, "recovery", "cluster"), redis, Silos);
        await using var ledger = await ClusterLedger.ConnectAsync(redis, cluster.KeysDirectory);
        var ground = new Ground(stub, cluster, ledger);
        (string Name, Func<string, Task<RecoveryResult>> Run)[] all =
        [
            ($"{Kill}, just started", name => ScenarioAsync(ground, name, 1, KillAsync)),
            (Kill, name => ScenarioAsync(ground, name, 1, KillAsync)),
            ($"{Kill}, all cores busy", name => SaturatedAsync(ground, name)),
            ("SIGTERM to one", name => ScenarioAsync(ground, name, 1, victims => Task.FromResult(Send(victims, Signal.Terminate)))),
            ("SIGSTOP of one for 3 s", name => ScenarioAsync(ground, name, 1, StandStillAsync)),
            ("kill -9 of all, restarted on new addresses", name => ScenarioAsync(ground, name, Silos, RestartAsync)),
        ];
        var results = new List<RecoveryResult>();
        foreach (var (name, run) in all.Where(s => wanted(s.Name)))
        {
            results.Add(await run(name));
        }

        return results;
    }

    private async Task<RecoveryResult> SaturatedAsync(Ground ground, string name)
    {
        using var busy = new Saturation();
        return await ScenarioAsync(ground, name, 1, KillAsync);
    }

    /// <param name="blows">How many silos are hit: those with the most loops.</param>
    private async Task<RecoveryResult> ScenarioAsync(
        Ground ground,
        string name,
        int blows,
        Func<IReadOnlyList<SiloServer>, Task<DateTime>> strike
    )
    {
        var (stub, cluster, ledger) = ground;
        await stub.TakeRecordAsync();
        var finished = await stub.CountFinishedAsync() + loops;
        var ids = await cluster.StartLoopsAsync(stub.Url, loops, Turns);
        var requests = new List<StubRequest>();
        await UntilAsync(async () =>
        {
            requests.AddRange(await stub.TakeRecordAsync());
            return requests.Count(r => r.Turn == 2) >= loops;
        });
        var before = (
            await Task.WhenAll(ids.Select(id => ledger.Reads.FindAsync(new LoopId(id), CancellationToken.None).AsTask()))
        ).ToDictionary(s => s!.Id.Value, s => s!);
        var hosts = await Task.WhenAll(cluster.Silos.Select(async silo => (Silo: silo, (await cluster.DescribeAsync(silo)).Host)));
        var hit = hosts.OrderByDescending(h => before.Values.Count(s => s.Host == h.Host)).Take(blows).ToList();
        SiloServer[] victims = [.. hit.Select(h => h.Silo)];
        var struck = await strike(victims);
        await UntilAsync(async () => await stub.CountFinishedAsync() >= finished && (await ledger.StillRunningAsync(ids)).Count == 0);
        requests.AddRange(await stub.TakeRecordAsync());
        foreach (var dead in victims.Where(v => !v.IsRunning))
        {
            dead.MoveToNewPorts();
            dead.Start();
            await dead.WaitUntilReadyAsync();
        }

        var reckoning = new LedgerReckoning(ledger.Ledger, Turns);
        var asked = requests.ToLookup(r => r.Session);
        var reckoned = await Task.WhenAll(
            ids.Select(async id => (Id: id, Loop: await reckoning.ReckonAsync(new LoopId(id), [.. asked[id]])))
        );
        bool Hit(string id) => hit.Any(h => h.Host == before[id].Host);
        var moved = reckoned.Select(r => (r.Id, Taken: r.Loop.TakenAfter(before[r.Id].Epoch))).Where(m => m.Taken is not null).ToList();
        double[] times =
        [
            .. moved.Where(m => Hit(m.Id)).Select(m => (NextStep(asked[m.Id], m.Taken!.Value) - struck).TotalMilliseconds).Order(),
        ];
        var result = new RecoveryResult
        {
            Scenario = name,
            Loops = loops,
            Hit = ids.Count(Hit),
            Moved = moved.Count,
            MovedNeedlessly = moved.Count(m => !Hit(m.Id)),
            P50Ms = Measure.Percentile(times, 50),
            P99Ms = Measure.Percentile(times, 99),
            MaxMs = times.Length == 0 ? 0 : Math.Round(times[^1], 3),
            Lost = reckoned.Count(r => !r.Loop.IsWhole),
            Repeated = reckoned.Sum(r => r.Loop.Repeated),
        };
        say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {result.Hit} hit, {result.Moved} moved, next step p50 {result.P50Ms:0} ms, p99 {result.P99Ms:0} ms; lost {result.Lost}, repeated {result.Repeated}"
            )
        );
        return result;
    }

    /// <summary>
    /// The first request of the driver that took the loop; a loop that had only its end to write makes none and stepped when it was taken.
    /// </summary>
    private static DateTime NextStep(IEnumerable<StubRequest> requests, DateTime taken) =>
        requests.Where(r => r.At >= taken).Select(r => (DateTime?)r.At).FirstOrDefault() ?? taken;

    private static async Task<DateTime> KillAsync(IReadOnlyList<SiloServer> victims)
    {
        var struck = DateTime.UtcNow;
        await Task.WhenAll(victims.Select(v => v.Process.KillAsync()));
        return struck;
    }

    private static DateTime Send(IReadOnlyList<SiloServer> victims, Signal signal)
    {
        var struck = DateTime.UtcNow;
        foreach (var victim in victims)
        {
            victim.Process.Send(signal);
        }

        return struck;
    }

    private static async Task<DateTime> StandStillAsync(IReadOnlyList<SiloServer> victims)
    {
        var struck = Send(victims, Signal.Stop);
        await Task.Delay(Pause);
        Send(victims, Signal.Continue);
        return struck;
    }

    private static async Task<DateTime> RestartAsync(IReadOnlyList<SiloServer> victims)
    {
        var struck = await KillAsync(victims);
        foreach (var silo in victims)
        {
            silo.MoveToNewPorts();
            silo.Start();
        }

        return struck;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var started = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(20))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException($"not every loop is done after {Patience.TotalMinutes} minutes");
            }
        }
    }

    private sealed record Ground(StubServer Stub, BenchCluster Cluster, ClusterLedger Ledger);
}
