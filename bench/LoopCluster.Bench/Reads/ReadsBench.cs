using System.Diagnostics;
using LoopCluster.Bench.Replay;
using LoopCluster.Bench.Turns;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Reads;

/// <summary>
/// What reading costs with many loops stored, over the API and the read model of a data directory, and what creating one costs.
/// </summary>
internal static class ReadsBench
{
    private const int ShortEntries = 10;
    private const int LongEntries = 1_000;
    private const int LongLoops = 100;
    private const int Reads = 400;
    private const int FillWriters = 1024;
    private const int Writers = 64;
    private const int Creations = 3_000;

    public static async Task<object> RunAsync(int loops, string? parent)
    {
        var root = Path.Combine(parent ?? Path.GetTempPath(), $"loop-bench-{Guid.NewGuid():n}");
        try
        {
            LoopId[] shorts,
                longs;
            double rebuildMs;
            await using (var services = BenchServices.Create(root))
            {
                // All at once: an entry of a loop waits for the one before it, and the disk is asked once for everybody.
                var filling = FillAsync(services.Ledger, "long", LongLoops, LongEntries);
                shorts = await FillAsync(services.Ledger, "short", loops - LongLoops, ShortEntries);
                longs = await filling;
                // Nothing was kept of any of them: this is what a removed read model costs.
                rebuildMs = await TimeAsync(async () =>
                {
                    await services.Records.CompleteAsync(default);
                    Require(await services.Records.FlushAsync(), "the records were written");
                });
            }

            await using var again = BenchServices.Create(root);
            var lookMs = await TimeAsync(() => again.Records.CompleteAsync(default));
            var loader = new LoopLoader(again.Ledger);
            var foldShort = await MeasureAsync(shorts, async id =>
                Require(await loader.LoadAsync(id, default) is not null, "the loop is there")
            );
            var foldLong = await MeasureAsync(longs, async id =>
                Require(await loader.LoadAsync(id, default) is not null, "the loop is there")
            );
            await using var server = await ReadsServer.StartAsync(again, root);
            var showShort = await MeasureAsync(shorts, id => server.GetAsync($"v1/loops/{id}"));
            var showLong = await MeasureAsync(longs, id => server.GetAsync($"v1/loops/{id}"));
            var list = await MeasureAsync(shorts, id => server.GetAsync("v1/loops?limit=50"));
            var deep = await MeasureAsync(shorts, id =>
                server.GetAsync($"v1/loops?limit=50&status=running&cursor={ReadsServer.CursorOf(id)}")
            );
            var (creates, bare) = await CreateAsync(again);
            return new
            {
                loops,
                longEntries = LongEntries,
                showShortP50Ms = Measure.Percentile(showShort, 50),
                showShortP99Ms = Measure.Percentile(showShort, 99),
                showLongP50Ms = Measure.Percentile(showLong, 50),
                showLongP99Ms = Measure.Percentile(showLong, 99),
                longToShort = Math.Round(Measure.Percentile(showLong, 50) / Measure.Percentile(showShort, 50), 2),
                listP50Ms = Measure.Percentile(list, 50),
                listP99Ms = Measure.Percentile(list, 99),
                listDeepP50Ms = Measure.Percentile(deep, 50),
                foldShortP50Ms = Measure.Percentile(foldShort, 50),
                foldLongP50Ms = Measure.Percentile(foldLong, 50),
                rebuildMs = Math.Round(rebuildMs),
                startLookMs = Math.Round(lookMs, 1),
                createsPerSecond = Math.Round(creates),
                bareCommitsPerSecond = Math.Round(bare),
                createsToBare = Math.Round(creates / bare, 2),
                machine = Measure.Machine(),
            };
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<LoopId[]> FillAsync(ILoopLedger ledger, string name, int loops, int entries)
    {
        LoopId[] ids = [.. Enumerable.Range(0, loops).Select(i => new LoopId($"{name}-{i}"))];
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = FillWriters }, async (id, _) =>
            await new HistoryWriter(id).WriteAsync(ledger, entries)
        );
        return ids;
    }

    /// <summary>
    /// Loops as the API creates them, and one line each of the same size through the same ledger; both by so many at once.
    /// </summary>
    private static async Task<(double Creates, double Bare)> CreateAsync(BenchServices services)
    {
        var ports = services.Ports(services.Models);
        var starter = new LoopStarter(ports, ModelCatalog.Parse("models: {}"), TenantLimits.None);
        var spec = TurnsSpec.For(new Uri("http://127.0.0.1:9/v1"), 10);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Writers };
        await starter.CreateAsync(new StartLoop(TurnsSpec.Tenant, spec), default);
        var creating = await TimeAsync(() =>
            Parallel.ForEachAsync(Enumerable.Range(0, Creations), parallel, async (_, stop) =>
                await starter.CreateAsync(new StartLoop(TurnsSpec.Tenant, spec), stop)
            )
        );
        LedgerLine[] lines =
        [
            .. Enumerable
                .Range(0, Creations)
                .Select(i => new LoopId($"bare-{i}"))
                .Select(id => LedgerCodec.Seal(id, 1, DateTimeOffset.UnixEpoch, 0, [HistoryWriter.Created(null)], LedgerHash.Genesis(id))),
        ];
        var bare = await TimeAsync(() =>
            Parallel.ForEachAsync(lines, parallel, async (line, stop) => await services.Ledger.AppendAsync(line, null, [], stop))
        );
        return (Creations / creating * 1000, Creations / bare * 1000);
    }

    /// <summary>Milliseconds of each of some reads, sorted, after as many that are not counted.</summary>
    private static async Task<List<double>> MeasureAsync(LoopId[] ids, Func<LoopId, Task> read)
    {
        var times = new List<double>();
        for (var i = 0; i < 2 * Reads; i++)
        {
            // A prime step: neighbours in the file are not read one after the other.
            var id = ids[i * 7919 % ids.Length];
            var took = await TimeAsync(() => read(id));
            if (i >= Reads)
            {
                times.Add(took);
            }
        }

        times.Sort();
        return times;
    }

    private static async Task<double> TimeAsync(Func<Task> act)
    {
        var began = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"not so: {what}");
        }
    }
}
