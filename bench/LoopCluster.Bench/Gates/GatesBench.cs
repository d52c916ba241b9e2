using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoopCluster.Bench.Sandbox;
using LoopCluster.Cli.Composition;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Bench.Gates;

/// <summary>
/// What strength costs: whole loops in real containers whose gate takes some time of its own, with nothing but code changed (a canary is
/// due), with tests added (a canary and a counterfactual), and without either, in turn. Runs and sandbox time come from the ledgers.
/// </summary>
internal static class GatesBench
{
    private const string Tenant = "bench";
    private static readonly string[] Kinds = ["code", "tests", "off"];

    public static async Task<object> RunAsync(string image, int loops, double work, string engine)
    {
        var root = Path.Combine(Path.GetTempPath(), $"loop-bench-{Guid.NewGuid():n}");
        using var watch = new ContainerWatch(engine, root);
        try
        {
            await using var runtime = await LoopRuntime.OwnAsync(
                new DataDirectory(root),
                new RuntimeOptions(ModelCatalog.Parse("models: {}"), [])
            );
            var seen = Kinds.ToDictionary(k => k, _ => new List<Loop>());
            foreach (var kind in Kinds)
            {
                // What is loaded and compiled for the first time is nobody's cost.
                await RunLoopAsync(runtime, kind, image, work);
            }

            for (var i = 0; i < loops; i++)
            {
                foreach (var kind in Kinds)
                {
                    seen[kind].Add(await RunLoopAsync(runtime, kind, image, work));
                }
            }

            var all = seen.Values.SelectMany(l => l).ToList();
            return new
            {
                loops = all.Count,
                verified = all.Count(l => l.Status == LoopStatus.Verified),
                gateWorkSeconds = work,
                mostCanariesALoop = all.Max(l => l.Count(GatePhase.Canary)),
                mostCounterfactualsALoop = all.Max(l => l.Count(GatePhase.Counterfactual)),
                code = Of(seen["code"], seen["off"]),
                tests = Of(seen["tests"], seen["off"]),
                off = Of(seen["off"], seen["off"]),
                machine = Measure.Machine(),
            };
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static object Of(List<Loop> loops, List<Loop> plain)
    {
        var gate = Sum(loops, GatePhase.Verify);
        return new
        {
            gateRuns = loops.Sum(l => l.Count(GatePhase.Verify)),
            canaryRuns = loops.Sum(l => l.Count(GatePhase.Canary)),
            counterfactualRuns = loops.Sum(l => l.Count(GatePhase.Counterfactual)),
            gateSecondsP50 = P50(loops, GatePhase.Verify),
            canarySecondsP50 = P50(loops, GatePhase.Canary),
            counterfactualSecondsP50 = P50(loops, GatePhase.Counterfactual),
            probesToGate = Math.Round((Sum(loops, GatePhase.Canary) + Sum(loops, GatePhase.Counterfactual)) / gate, 3),
            loopP50Ms = Median(loops),
            addedP50Ms = Math.Round(Median(loops) - Median(plain), 1),
        };
    }

    private static double Sum(List<Loop> loops, GatePhase phase) => loops.Sum(l => l.Seconds(phase).Sum());

    private static double? P50(List<Loop> loops, GatePhase phase) =>
        loops.SelectMany(l => l.Seconds(phase)).ToArray() is { Length: > 0 } seconds ? Math.Round(Measure.Median(seconds), 3) : null;

    private static double Median(List<Loop> loops) => Math.Round(Measure.Median(loops.Select(l => l.Ms)), 1);

    private static async Task<Loop> RunLoopAsync(LoopRuntime runtime, string kind, string image, double work)
    {
        var began = Stopwatch.GetTimestamp();
        var loop = await runtime.Host.StartAsync(new StartLoop(Tenant, Spec(kind, image, work)), default);
        var gates = new List<GateCompleted>();
        LoopEvent? last = null;
        await foreach (var line in runtime.Host.WatchAsync(loop, 1, default))
        {
            var events = LedgerCodec.Read(line).Events;
            gates.AddRange(events.OfType<GateCompleted>().Where(g => g.Outcome != GateOutcome.NotProbed));
            last = events[^1];
            if (last is ApprovalAsked or LoopParked)
            {
                break;
            }
        }

        return new Loop(
            last is LoopVerified ? LoopStatus.Verified : LoopStatus.Failed,
            Stopwatch.GetElapsedTime(began).TotalMilliseconds,
            gates
        );
    }

    private static LoopSpec Spec(string kind, string image, double work)
    {
        var test = string.Create(
            CultureInfo.InvariantCulture,
            $"import time, unittest\nfrom calc import add\nclass T(unittest.TestCase):\n    def test_add(self):\n        time.sleep({work})\n        self.assertEqual(5, add(2, 3))\n"
        );
        object Write(string path, string content) => new { name = "write_file", arguments = new { path, content } };
        object[] tools =
        [
            Write("calc.py", "def add(a, b): return a + b\n"),
            .. kind == "tests"
                ?
                [
                    Write(
                        "test_more.py",
                        test.Replace("test_add", "test_more", StringComparison.Ordinal)
                            .Replace("time.sleep", "float", StringComparison.Ordinal)
                    ),
                ]
                : (object[])[],
            new { name = "done", arguments = new { summary = "ready" } },
        ];
        return SpecFile.Parse(
            JsonSerializer.Serialize(
                new
                {
                    goal = "add adds",
                    image,
                    workspace = new
                    {
                        files = new Dictionary<string, string> { ["calc.py"] = "def add(a, b): return a - b\n", ["test_calc.py"] = test },
                    },
                    gates = new object[]
                    {
                        kind == "off"
                            ? new
                            {
                                name = "tests",
                                run = "python3 -m unittest",
                                canary = "none",
                            }
                            : new { name = "tests", run = "python3 -m unittest" },
                    },
                    budget = new { attempts = 1 },
                    model = new { script = new { replies = new[] { new { tools } } } },
                }
            ),
            SpecOrigin.File("/")
        );
    }

    private sealed record Loop(LoopStatus Status, double Ms, IReadOnlyList<GateCompleted> Gates)
    {
        public int Count(GatePhase phase) => Gates.Count(g => g.Phase == phase);

        public IEnumerable<double> Seconds(GatePhase phase) => Gates.Where(g => g.Phase == phase).Select(g => g.SandboxSeconds);
    }
}
