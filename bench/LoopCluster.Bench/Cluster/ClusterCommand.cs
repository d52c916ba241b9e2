using System.CommandLine;
using LoopCluster.Bench.Cluster.Recovery;
using LoopCluster.Bench.Cluster.Storage;
using LoopCluster.Bench.Cluster.Turns;
using LoopCluster.ClusterKit.Redis;

namespace LoopCluster.Bench.Cluster;

/// <summary><c>cluster</c>: one JSON object of figures on standard output, words on standard error.</summary>
internal static class ClusterCommand
{
    private const int Unavailable = 7;
    private static readonly string[] Parts = ["turns", "recovery", "storage"];

    public static Task<int> RunAsync(string[] arguments)
    {
        var silos = new Option<int[]>("--silos")
        {
            Description = "Silos of the turns workload, one cluster after another. Default: 3; 1 and 3 with --full.",
            AllowMultipleArgumentsPerToken = true,
        };
        var sessions = new Option<int[]>("--sessions")
        {
            Description = "Loops at once. Default: 500; 500, 2000 and 10 with --full.",
            AllowMultipleArgumentsPerToken = true,
        };
        var turns = new Option<int>("--turns") { Description = "Turns of each.", DefaultValueFactory = _ => 10 };
        var rounds = new Option<int?>("--rounds")
        {
            Description = "Times each size is run; medians are printed. Default: 2; 5 with --full.",
        };
        var loops = new Option<int?>("--loops") { Description = "Loops that run when silos die. Default: 150; 300 with --full." };
        var scenario = new Option<string?>("--scenario")
        {
            Description = $"Part of the names of the recovery scenarios to run. Default: '{RecoveryBench.Kill}' alone; all with --full.",
        };
        var stored = new Option<int>("--stored")
        {
            Description = "Loops in the ledger beside the active ones.",
            DefaultValueFactory = _ => 100_000,
        };
        var active = new Option<int>("--active") { Description = "Active loops of the storage part.", DefaultValueFactory = _ => 2000 };
        var fsync = new Option<string>("--fsync")
        {
            Description = "Redis' appendfsync.",
            DefaultValueFactory = _ => "everysec",
        }.AcceptOnlyFromAmong("everysec", "always");
        var only = new Option<string[]>("--only")
        {
            Description = "Parts to run. Default: turns and recovery; all with --full.",
            AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong(Parts);
        var full = new Option<bool>("--full")
        {
            Description = "Everything docs/benchmarks.md has, half an hour; without it the head figures in less than three minutes.",
        };
        var directory = new Option<string?>("--data")
        {
            Description = "Where data goes. Default: the temporary directory; mind that it may be a RAM disk.",
        };
        var json = Figures.JsonOption();
        var command = new RootCommand("Measures a cluster of silo processes on one machine: turns, recovery, storage.")
        {
            silos,
            sessions,
            turns,
            rounds,
            loops,
            scenario,
            stored,
            active,
            fsync,
            only,
            full,
            directory,
            json,
        };
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
                var all = parse.GetValue(full);
                var parts = Given(parse.GetValue(only), all ? Parts : ["turns", "recovery"]);
                var rows = new List<TurnsRow>();
                foreach (var count in parts.Contains("turns") ? Given(parse.GetValue(silos), all ? [1, 3] : [3]) : [])
                {
                    var table = new TurnsTable(
                        root,
                        parse.GetValue(turns),
                        parse.GetValue(rounds) ?? (all ? 5 : 2),
                        parse.GetValue(fsync)!,
                        Say
                    );
                    rows.AddRange(await table.RunAsync(count, Given(parse.GetValue(sessions), all ? [500, 2000, 10] : [500])));
                }

                bool Wanted(string name) =>
                    parse.GetValue(scenario) is { } part
                        ? name.Contains(part, StringComparison.Ordinal)
                        : all || name == RecoveryBench.Kill;
                var recovery = parts.Contains("recovery")
                    ? await new RecoveryBench(
                        root,
                        parse.GetValue(loops) ?? (all ? 300 : 150),
                        Wanted,
                        parse.GetValue(fsync)!,
                        Say
                    ).RunAsync()
                    : [];
                var storage = parts.Contains("storage")
                    ? await new StorageBench(root, parse.GetValue(stored), parse.GetValue(active), parse.GetValue(fsync)!, Say).RunAsync()
                    : null;
                Figures.Print(Summary(rows, recovery, storage, parse.GetValue(turns), parse.GetValue(fsync)!), parse.GetValue(json));
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
    private static object Summary(
        List<TurnsRow> rows,
        IReadOnlyList<RecoveryResult> recovery,
        StorageResult? storage,
        int turns,
        string fsync
    )
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

    private static T[] Given<T>(T[]? values, T[] otherwise) => values is { Length: > 0 } ? values : otherwise;

    private static void Say(string words) => Console.Error.WriteLine($"bench cluster: {words}");
}
