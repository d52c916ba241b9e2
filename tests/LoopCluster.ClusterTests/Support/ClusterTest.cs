using System.Diagnostics;
using System.Text;
using LoopCluster.Bench.Cluster.Chaos.Verification;
using LoopCluster.Bench.Cluster.Hosting;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Loops;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests.Support;

/// <summary>
/// A test over real processes: a redis-server, silos with a witness, loops through the API. At its end no process is left.
/// </summary>
[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public abstract class ClusterTest(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("loop-cluster-tests-");
    private readonly Stack<IAsyncDisposable> _running = new();

    private protected ClusterHarness Cluster { get; private set; } = null!;

    /// <summary>Every process there is or was.</summary>
    private protected IEnumerable<SiloLife> Lives => Cluster.Silos.SelectMany(silo => silo.Lives);

    private protected ITestOutputHelper Output => output;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        while (_running.TryPop(out var running))
        {
            await running.DisposeAsync();
        }

        _root.Delete(recursive: true);
    }

    private protected static void Require()
    {
        var missing = RedisServer.Missing();
        Skip.If(missing is not null, missing);
    }

    private protected T Owned<T>(T owned)
        where T : IAsyncDisposable
    {
        _running.Push(owned);
        return owned;
    }

    /// <summary>Starts a cluster on the loopback, or where links can be touched.</summary>
    private protected async Task StartAsync(int silos = 3, bool namespaces = false, Func<HarnessOptions, HarnessOptions>? more = null)
    {
        Require();
        var missing = namespaces ? NamespaceNetwork.Missing() : null;
        Skip.If(missing is not null, missing);
        ClusterNetwork network = Owned<ClusterNetwork>(namespaces ? await NamespaceNetwork.CreateAsync() : new LoopbackNetwork());
        var options = new HarnessOptions
        {
            Root = _root.FullName,
            Network = network,
            Silos = silos,
            Environment = ClusterHarness.NoEngine,
        };
        Cluster = Owned(await ClusterHarness.StartAsync(more?.Invoke(options) ?? options));
    }

    private protected string PathOf(string name) => Path.Combine(_root.FullName, name);

    private protected Task<StartedLoop[]> StartLoopsAsync(int count, int steps, double secondsPerStep = 0.3) =>
        StartLoopsAsync(Cluster, count, steps, secondsPerStep);

    private protected static Task<StartedLoop[]> StartLoopsAsync(
        ClusterHarness cluster,
        int count,
        int steps,
        double secondsPerStep = 0.3
    ) =>
        Task.WhenAll(
            Enumerable
                .Range(0, count)
                .Select(async number =>
                {
                    var plan = SteadyLoops.Plan(number, steps, secondsPerStep);
                    return new StartedLoop(
                        plan,
                        (
                            await cluster.Client.CreateAsync(
                                Encoding.UTF8.GetBytes(plan.Spec.ToJsonString()),
                                CancellationToken.None,
                                $"start-{number}"
                            )
                        ).Id
                    );
                })
        );

    private protected WitnessBook Witnessed() => WitnessBook.Read(Lives);

    /// <summary>Waits until each of the loops has begun a command.</summary>
    private protected Task AllStepAsync(IEnumerable<StartedLoop> loops) =>
        UntilAsync(
            () =>
                loops.All(loop =>
                    Witnessed().Of(loop.Id).Any(line => line.Text.StartsWith("sandbox start sleep", StringComparison.Ordinal))
                ),
            "every loop to take a step"
        );

    /// <summary>Ids of the loops that a process drove last.</summary>
    private protected IReadOnlyList<string> DrivenBy(SiloLife life, IEnumerable<StartedLoop> loops)
    {
        var book = Witnessed();
        return
        [
            .. loops
                .Select(loop => loop.Id)
                .Where(loop => book.Of(loop).LastOrDefault(line => line.Text.StartsWith("entry ", StringComparison.Ordinal))?.Life == life),
        ];
    }

    /// <summary>
    /// The silo with the most of these loops: where the cluster places them is its own affair, and one silo may have none.
    /// </summary>
    private protected SiloServer Busiest(IEnumerable<StartedLoop> loops) =>
        Cluster.Silos.MaxBy(silo => DrivenBy(silo.Lives[^1], loops).Count)!;

    /// <summary>
    /// Waits until each loop has an entry by another process than <paramref name="than"/> from after <paramref name="since"/>; returns the
    /// longest wait.
    /// </summary>
    private protected async Task<TimeSpan> TakenUpAsync(IReadOnlyList<string> loops, IReadOnlyCollection<SiloLife> than, long since)
    {
        loops.ShouldNotBeEmpty("a fault that hits no loop shows nothing");
        long[] Taken()
        {
            var book = Witnessed();
            return
            [
                .. loops.Select(loop =>
                    book.Of(loop)
                        .FirstOrDefault(line =>
                            line.At > since && !than.Contains(line.Life) && line.Text.StartsWith("entry ", StringComparison.Ordinal)
                        )
                        ?.At
                    ?? long.MaxValue
                ),
            ];
        }

        await UntilAsync(() => Taken().All(at => at < long.MaxValue), $"{loops.Count} loops to be taken up");
        var longest = Stopwatch.GetElapsedTime(since, Taken().Max());
        output.WriteLine($"{loops.Count} loops were taken up within {longest.TotalMilliseconds:0} ms");
        return longest;
    }

    /// <summary>Every loop ended verified with its files, nothing was done twice, and the ledgers replay.</summary>
    private protected Task ShouldEndWellAsync(IReadOnlyCollection<StartedLoop> loops) => ShouldEndWellAsync(Cluster, loops, null);

    private protected static async Task ShouldEndWellAsync(ClusterHarness cluster, IReadOnlyCollection<StartedLoop> loops, string? prefix)
    {
        await using var reader = new RedisReader(cluster.Redis, prefix);
        foreach (var loop in loops)
        {
            await UntilAsync(
                async () =>
                    await reader.Reads.FindAsync(new LoopId(loop.Id), CancellationToken.None)
                        is { Status: not (LoopStatus.Running or LoopStatus.Waiting) },
                $"loop {loop.Id} to end"
            );
        }

        var judge = new LoopJudge(reader, WitnessBook.Read(cluster.Silos.SelectMany(silo => silo.Lives)), _ => 0);
        foreach (var loop in loops)
        {
            var verdict = await judge.JudgeAsync(loop, CancellationToken.None);
            verdict.Holds.ShouldBeTrue(verdict.ToString());
        }

        await reader.CheckAuditAsync(CancellationToken.None);
    }

    private protected static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    /// <summary>Other processes tell nobody: they are looked at, for a limited time.</summary>
    private protected static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (var started = Stopwatch.GetTimestamp(); !await condition(); )
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Patience, $"waited for {what}");
            await Task.Delay(Glance);
        }
    }
}
