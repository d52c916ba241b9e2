using System.CommandLine;
using System.Text.Json;
using LoopCluster.Bench.Cluster.Hosting.Redis;
using LoopCluster.Bench.Cluster.Recovery;
using LoopCluster.Bench.Cluster.Storage;
using LoopCluster.Bench.Cluster.Turns;

namespace LoopCluster.Bench.Cluster;

/// <summary><c>cluster</c>: one JSON object of figures on standard output, words on standard error.</summary>
internal static class ClusterCommand
{
    private const int Unavailable = 7;
    private static readonly string[] Parts = ["turns", "recovery", "storage"];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Task<int> RunAsync(string[] arguments)
    {
        var silos = new Option<int[]>("--silos") { Description = "Silos of the turns workload, one cluster after another.", DefaultValueFactory = _ => [1, 3], AllowMultipleArgumentsPerToken = true };
        var sessions = new Option<int[]>("--sessions") { Description = "Loops at once.", DefaultValueFactory = _ => [500, 2000, 10], AllowMultipleArgumentsPerToken = true };
        var turns = new Option<int>("--turns") { Description = "Turns of each.", DefaultValueFactory = _ => 10 };
        var rounds = new Option<int>("--rounds") { Description = "Times each size is run; medians are printed.", DefaultValueFactory = _ => 5 };
        var loops = new Option<int>("--loops") { Description = "Loops that run when silos die.", DefaultValueFactory = _ => 300 };
        var scenario = new Option<string>("--scenario") { Description = "Part of the names of the recovery scenarios to run. Default: all.", DefaultValueFactory = _ => "" };
        var stored = new Option<int>("--stored") { Description = "Loops in the ledger beside the active ones.", DefaultValueFactory = _ => 100_000 };
        var active = new Option<int>("--active") { Description = "Active loops of the storage part.", DefaultValueFactory = _ => 2000 };
        var fsync = new Option<string>("--fsync") { Description = "Redis' appendfsync.", DefaultValueFactory = _ => "everysec" }.AcceptOnlyFromAmong("everysec", "always");
        var only = new Option<string[]>("--only") { Description = "Parts to run. Default: all.", DefaultValueFactory = _ => Parts, AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong(Parts);
        var directory = new Option<string?>("--data") { Description = "Where data goes. Default: the temporary directory; mind that it may be a RAM disk." };
        var command = new RootCommand("Measures a cluster of silo processes on one machine: turns, recovery, storage.") { silos, sessions, turns, rounds, loops, scenario, stored, active, fsync, only, directory };
        command.SetAction(async parse =>
        {
            if (RedisServer.Missing() is { } missing)
            {
                await Console.Error.WriteLineAsync($"bench cluster: {missing}");
                return Unavailable;
            }

            var root = Path.Combine(parse.GetValue(directory) ?? Path.GetTempPath(), $"loop-bench-{Guid.NewGuid():n}");
            Directory.CreateDirectory(root);
            try
            {
                var parts = parse.GetValue(only)!;
                var rows = new List<TurnsRow>();
                foreach (var count in parts.Contains("turns") ? parse.GetValue(silos)! : [])
                {
                    rows.AddRange(await new TurnsTable(root, parse.GetValue(turns), parse.GetValue(rounds), parse.GetValue(fsync)!, Say).RunAsync(count, parse.GetValue(sessions)!));
                }

                var recovery = parts.Contains("recovery") ? await new RecoveryBench(root, parse.GetValue(loops), parse.GetValue(scenario)!, parse.GetValue(fsync)!, Say).RunAsync() : [];
                var storage = parts.Contains("storage") ? await new StorageBench(root, parse.GetValue(stored), parse.GetValue(active), parse.GetValue(fsync)!, Say).RunAsync() : null;
                Console.WriteLine(JsonSerializer.Serialize(Summary(rows, recovery, storage, parse.GetValue(turns), parse.GetValue(fsync)!), Json));
                return 0;
            }
            finally
            {
                Directory.Delete(root, recursive: true);
            }
        });
        return command.Parse(arguments).InvokeAsync();
    }

    /// <summary>The figures of the largest cluster at its first size, of the kill of one silo, and sums; then all of them.</summary>
    private static object Summary(List<TurnsRow> rows, IReadOnlyList<RecoveryResult> recovery, StorageResult? storage, int turns, string fsync)
    {
        var head = rows.FirstOrDefault(r => r.Silos == rows.Max(other => other.Silos));
        var kill = recovery.FirstOrDefault(r => r.Scenario == RecoveryBench.Kill);
        return new
        {
            silos = head?.Silos,
            sessions = head?.Sessions,
            turnsPerSecond = head?.TurnsPerSecond,
            cpuMsPerTurn = head?.CpuMsPerTurn,
            rssMb = head?.RssMb,
            bareAppendTurnsPerSecond = head?.BareAppendTurnsPerSecond,
            ratioToBareAppend = head?.RatioToBareAppend,
            recoveryP50Ms = kill?.P50Ms,
            recoveryP99Ms = kill?.P99Ms,
            lost = recovery.Sum(r => r.Lost),
            repeated = recovery.Sum(r => r.Repeated),
            turns,
            appendfsync = fsync,
            table = rows,
            recovery,
            storage,
            machine = Measure.Machine(),
        };
    }

    private static void Say(string words) => Console.Error.WriteLine($"bench cluster: {words}");
}
