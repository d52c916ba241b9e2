using System.Diagnostics;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Bench.Sandbox;

/// <summary>
/// A tool call from its arrival at the sandbox port to the container gone, hardening on, beside <c>docker run --rm</c> of the same command
/// in the same run. Calls of both kinds take turns, so that the machine's drift hits both alike.
/// </summary>
internal static class SandboxBench
{
    private const string Command = "echo hello > /tmp/x && cat /tmp/x";
    private const int Concurrency = 4;
    private const int BackToBack = 5;
    private const int Fewest = 10;
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    public static async Task<object> RunAsync(string image, int calls, int thinkMs, string engine, string driver)
    {
        var root = Path.Combine(Path.GetTempPath(), $"loop-bench-{Guid.NewGuid():n}");
        var workspace = Directory.CreateDirectory(Path.Combine(root, "workspace")).FullName;
        File.SetUnixFileMode(workspace, (UnixFileMode)0b111_111_111);
        using var watch = new ContainerWatch(engine, root);
        await using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddLogging()
            .AddLoopSandboxes(sandbox => (sandbox.StateDirectory, sandbox.Driver) = (root, driver))
            .BuildServiceProvider();
        try
        {
            var sandbox = services.GetRequiredService<ISandbox>();
            var shape = new SandboxShape
            {
                ImageId = await sandbox.ResolveImageAsync(image, default),
                WorkspaceDirectory = workspace,
                Limits = new SandboxLimits(),
            };
            var bare = new DockerRun(engine, image, Command, watch.Run);
            await CallAsync(sandbox, Owner(0), shape, 3, 0);
            await bare.TimeAsync();
            calls = Fit(calls, thinkMs, await bare.TimeAsync());

            var (thinking, besideThinking) = await InTurnsAsync(calls, 1, n => CallAsync(sandbox, Owner(1), shape, n, thinkMs), bare);
            var (cold, besideCold) = await InTurnsAsync(calls, BackToBack, n => CallAsync(sandbox, Owner(2), shape, n, 0), bare);
            var rate = await RateAsync(calls * 2, (i, n) => CallAsync(sandbox, Owner(10 + i), shape, n, 0));
            var bareRate = await RateAsync(calls, async (_, n) =>
            {
                for (var k = 0; k < n; k++)
                {
                    await bare.TimeAsync();
                }

                return [];
            });
            var api = await EngineApiBench.RunAsync(sandbox, shape, image, Command, watch.Run, calls * 4);
            return new
            {
                driver = await sandbox.DescribeAsync(default),
                p50Ms = Measure.Percentile(thinking, 50),
                p99Ms = Measure.Percentile(thinking, 99),
                dockerRunP50Ms = Measure.Percentile(besideThinking, 50),
                dockerRunP99Ms = Measure.Percentile(besideThinking, 99),
                p50Ratio = Ratio(thinking, besideThinking, 50),
                p99Ratio = Ratio(thinking, besideThinking, 99),
                coldP50Ratio = Ratio(cold, besideCold, 50),
                stepP50Ms = Measure.Percentile(cold, 50),
                callsPerSecond = Math.Round(rate, 2),
                dockerRunsPerSecond = Math.Round(bareRate, 2),
                callsPerSecondAtEight = api?.CallsPerSecond,
                engineApiCallsPerSecond = api?.EngineApiCallsPerSecond,
                engineApiRatio = api?.Ratio,
                thinkMs,
                calls,
                machine = Measure.Machine(),
            };
        }
        finally
        {
            foreach (var i in Enumerable.Range(0, 10 + Concurrency))
            {
                await services.GetRequiredService<ISandbox>().ReleaseAsync(Owner(i).Loop, default);
            }

            Directory.Delete(root, recursive: true);
        }
    }

    public static SandboxOwner Owner(int number) => new(new LoopId($"bench-{number}"), 1, "bench");

    /// <summary>
    /// A call of each part takes, with all its companions, some nine bare runs and a think: fewer of them on a slow machine.
    /// </summary>
    private static int Fit(int calls, int thinkMs, double bareMs) =>
        Math.Min(calls, Math.Max(Fewest, (int)(Within.TotalMilliseconds / (thinkMs + (9 * bareMs)))));

    private static double Ratio(List<double> ours, List<double> theirs, double percentile) =>
        Math.Round(Measure.Percentile(ours, percentile) / Measure.Percentile(theirs, percentile), 3);

    /// <summary>
    /// Calls of one loop, with the next container asked for as a driver does: while a call runs, and again when the model is asked.
    /// </summary>
    public static async Task<List<double>> CallAsync(
        ISandbox sandbox,
        SandboxOwner owner,
        SandboxShape shape,
        int count,
        int thinkMs,
        bool prepareLast = true
    )
    {
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            if (thinkMs > 0)
            {
                sandbox.Prewarm(owner, shape);
                await Task.Delay(thinkMs);
            }

            var started = Stopwatch.GetTimestamp();
            var running = sandbox.RunAsync(
                owner,
                shape,
                new SandboxCall { Command = Command, Timeout = TimeSpan.FromSeconds(60) },
                default
            );
            if (prepareLast || i < count - 1)
            {
                sandbox.Prewarm(owner, shape);
            }

            var result = await running;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (result.ExitCode != 0)
            {
                throw new InvalidOperationException($"the command failed: {System.Text.Encoding.UTF8.GetString(result.Output.Span)}");
            }
        }

        return times;
    }

    private static async Task<(List<double> Ours, List<double> Theirs)> InTurnsAsync(
        int calls,
        int stride,
        Func<int, Task<List<double>>> ours,
        DockerRun bare
    )
    {
        var a = new List<double>();
        var b = new List<double>();
        for (var i = 0; i < calls; i += stride)
        {
            a.AddRange(await ours(stride));
            for (var k = 0; k < stride; k++)
            {
                b.Add(await bare.TimeAsync());
            }
        }

        a.Sort();
        b.Sort();
        return (a, b);
    }

    private static async Task<double> RateAsync(int calls, Func<int, int, Task<List<double>>> worker)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(i => worker(i, calls / Concurrency)));
        return calls / Concurrency * Concurrency / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
