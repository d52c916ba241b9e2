using System.Diagnostics;
using System.Globalization;
using LoopCluster.Bench.Turns;
using StackExchange.Redis;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>
/// Runs the workload in turn as plain tasks, on the embedded host and on clusters, so that a machine whose speed drifts treats them alike.
/// </summary>
internal sealed class TurnsTable(string root, int turns, int rounds, string fsync, Action<string> say)
{
    /// <summary>Few sessions are over soon: they run so often that a round has this many.</summary>
    private const int SessionsARound = 100;

    private int _runs;

    public async Task<IReadOnlyList<TurnsRow>> RunAsync(int silos, IReadOnlyList<int> sessions)
    {
        var place = Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"turns-{silos}"));
        await using var stub = await StubServer.StartAsync(turns);
        await using var redis = await RedisFigures.StartAsync(Path.Combine(place, "redis"), fsync);
        await using var cluster = await BenchCluster.StartAsync(Path.Combine(place, "cluster"), redis, silos);
        await using var ledger = await ClusterLedger.ConnectAsync(redis, cluster.KeysDirectory);
        await using var connection = await redis.ConnectAsync();
        await using var services = BenchServices.Create(Path.Combine(place, "plain"));
        var engine = await EngineTurns.RunAsync(stub.Url, 100, turns, NextPlace());
        var plain = new PlainTurns(services.Models, stub.Url, engine.Bodies[0]);
        Sides Next(int n) => new(stub, cluster, ledger, connection.GetDatabase(), plain, n);
        for (var i = 0; i < 3; i++)
        {
            _ = await RoundAsync(Next(500));
        }

        var measured = sessions.ToDictionary(n => n, _ => new List<Round>());
        for (var i = 0; i < rounds; i++)
        {
            foreach (var n in sessions)
            {
                var round = await RoundAsync(Next(n));
                measured[n].Add(round);
                say(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{silos} silos, {n} sessions: {round.Cluster.TurnsPerSecond:0} turns/s, plain {round.Plain.TurnsPerSecond:0}, embedded {round.Embedded.TurnsPerSecond:0}"
                    )
                );
            }
        }

        return [.. sessions.Select(n => Row(silos, n, measured[n]))];
    }

    private async Task<Round> RoundAsync(Sides sides)
    {
        var repeats = Math.Max(1, SessionsARound / sides.Sessions);
        var plain = new List<Figures>();
        var embedded = new List<Figures>();
        var cluster = new List<ClusterResult>();
        for (var i = 0; i < repeats; i++)
        {
            plain.Add(await PlainAsync(sides));
            var engine = await EngineTurns.RunAsync(sides.Stub.Url, sides.Sessions, turns, NextPlace());
            embedded.Add(new Figures(engine.TurnsPerSecond, engine.CpuMsPerTurn, engine.TurnMs));
            cluster.Add(await ClusterRun.RunAsync(sides.Cluster, sides.Ledger, sides.Stub, sides.Sessions, turns));
        }

        return new Round(Mean(plain), Mean(embedded), ClusterResult.Mean(cluster));
    }

    private async Task<Figures> PlainAsync(Sides sides)
    {
        var run = string.Create(CultureInfo.InvariantCulture, $"plain-{++_runs}");
        var appends = new FencedAppends(sides.Database, run, sides.Sessions);
        await sides.Stub.TakeRecordAsync();
        var cpu = Measure.Cpu();
        var started = Stopwatch.GetTimestamp();
        await sides.Plain.RunAsync(run, sides.Sessions, appends.AppendAsync);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        cpu = Measure.Cpu() - cpu;
        var work = sides.Sessions * turns;
        return new Figures(work / seconds, cpu.TotalMilliseconds / work, StubRequest.TurnMs(await sides.Stub.TakeRecordAsync()));
    }

    private static Figures Mean(List<Figures> all) =>
        new(all.Average(f => f.TurnsPerSecond), all.Average(f => f.CpuMsPerTurn), [.. all.SelectMany(f => f.TurnMs).Order()]);

    private static TurnsRow Row(int silos, int sessions, List<Round> rounds)
    {
        double Median(Func<Round, double> figure, int digits) => Math.Round(Measure.Median(rounds.Select(figure)), digits);
        return new TurnsRow
        {
            Silos = silos,
            Sessions = sessions,
            TurnsPerSecond = Median(r => r.Cluster.TurnsPerSecond, 1),
            BareAppendTurnsPerSecond = Median(r => r.Plain.TurnsPerSecond, 1),
            EmbeddedTurnsPerSecond = Median(r => r.Embedded.TurnsPerSecond, 1),
            RatioToBareAppend = Median(r => r.Cluster.TurnsPerSecond / r.Plain.TurnsPerSecond, 3),
            CpuMsPerTurn = Median(r => r.Cluster.CpuMsPerTurn, 4),
            RedisCpuMsPerTurn = Median(r => r.Cluster.RedisCpuMsPerTurn, 4),
            BareAppendCpuMsPerTurn = Median(r => r.Plain.CpuMsPerTurn, 4),
            EmbeddedCpuMsPerTurn = Median(r => r.Embedded.CpuMsPerTurn, 4),
            P50Ms = Median(r => Measure.Percentile(r.Cluster.TurnMs, 50), 3),
            P99Ms = Median(r => Measure.Percentile(r.Cluster.TurnMs, 99), 3),
            BareAppendP50Ms = Median(r => Measure.Percentile(r.Plain.TurnMs, 50), 3),
            GrainCallsPerSession = Median(r => r.Cluster.CallsPerSession, 3),
            MessagesPerSession = Median(r => r.Cluster.SentPerSession, 3),
            RedisScriptsPerTurn = Median(r => r.Cluster.ScriptsPerTurn, 2),
            AllocatedBytesPerTurn = Median(r => r.Cluster.AllocatedPerTurn, 0),
            PauseShare = Median(r => r.Cluster.PauseShare, 3),
            RssMb = Median(r => r.Cluster.RssMb, 1),
        };
    }

    private string NextPlace() => Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"embedded-{++_runs}"));

    private sealed record Sides(
        StubServer Stub,
        BenchCluster Cluster,
        ClusterLedger Ledger,
        IDatabase Database,
        PlainTurns Plain,
        int Sessions
    );

    private sealed record Figures(double TurnsPerSecond, double CpuMsPerTurn, IReadOnlyList<double> TurnMs);

    private sealed record Round(Figures Plain, Figures Embedded, ClusterResult Cluster);
}
