using System.Diagnostics;
using System.Globalization;
using LoopCluster.Bench.Cluster.Chaos.Faults;
using LoopCluster.Bench.Cluster.Chaos.Verification;
using LoopCluster.Bench.Cluster.Chaos.Workload;
using LoopCluster.Bench.Cluster.Hosting;
using LoopCluster.ClusterKit.Disks;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Bench.Cluster.Chaos;

/// <summary>One seed: a cluster, its loops, its faults, and the reckoning.</summary>
internal sealed class ChaosRun(ChaosOptions options, ChaosGround ground, Action<string> say)
{
    private const int DiskMegabytes = 256;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LeaseOver = TimeSpan.FromSeconds(15);

    private readonly FaultLog _log = new(say);

    /// <param name="keep">Keep the directory also when everything held.</param>
    public async Task<ChaosResult> RunAsync(bool keep, CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory($"loop-chaos-{options.Seed}-");
        var plans = PlanWriter.Write(options.Seed, options.Loops, options.Containers && ground.Engine is not null);
        var network =
            ground.HasNetwork && options.Network is not false
                ? (ClusterNetwork)await NamespaceNetwork.CreateAsync().ConfigureAwait(false)
                : new LoopbackNetwork();
        await using (network.ConfigureAwait(false))
        {
            await using var model = await ModelStub.StartAsync(network.Runner, plans).ConfigureAwait(false);
            var holds = false;
            try
            {
                var result = await RunAsync(root.FullName, network, model, plans, cancellationToken).ConfigureAwait(false);
                holds = result.Ok;
                return result;
            }
            finally
            {
                if (holds && !keep)
                {
                    root.Delete(recursive: true);
                }
                else
                {
                    say($"seed {options.Seed}: everything of this run is in {root.FullName}");
                }
            }
        }
    }

    private async Task<ChaosResult> RunAsync(
        string root,
        ClusterNetwork network,
        ModelStub model,
        IReadOnlyList<LoopPlan> plans,
        CancellationToken cancellationToken
    )
    {
        // 1. A cluster.
        await using var cluster = await StartAsync(root, network, model).ConfigureAwait(false);
        await using var reader = new RedisReader(cluster.Redis);

        // 2. Loops and faults.
        using var supervision = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var supervising = cluster.SuperviseAsync(_log, supervision.Token);
        var capabilities = new FaultCapabilities(network.Faults is not null, cluster.Disks.Count > 0, ground.Engine is not null);
        var faults = new FaultRunner(cluster, _log).RunAsync(
            [.. FaultPlan.Write(options.Seed, options.Silos, options.Duration, capabilities).Where(options.Chosen)],
            cancellationToken
        );
        var callers = new Callers(cluster.Harness.Client, options.Duration * 0.8, options.Seed);
        var called = await callers.StartAsync(plans, cancellationToken).ConfigureAwait(false);
        // A fork is a loop with its parent's plan.
        StartedLoop[] started =
        [
            .. called,
            .. called.SelectMany(loop => loop.Forks.Select(fork => new StartedLoop(loop.Plan, fork, IsFork: true))),
        ];
        await faults.ConfigureAwait(false);
        _log.Say("no more faults");
        await WaitUntilEndedAsync(reader, started, cancellationToken).ConfigureAwait(false);
        await StopSupervisionAsync(supervision, supervising).ConfigureAwait(false);
        var late = await cluster.Harness.StopSilosAsync().ConfigureAwait(false);
        if (late.Count > 0)
        {
            _log.Broken($"{string.Join(", ", late)} did not end in time on SIGTERM after every loop had ended");
        }

        // 3. The reckoning.
        return await ReckonAsync(cluster, reader, model, started, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ChaosCluster> StartAsync(string root, ClusterNetwork network, ModelStub model)
    {
        var disks = new List<SmallDisk>();
        try
        {
            var harness = await ClusterHarness
                .StartAsync(
                    new HarnessOptions
                    {
                        Root = root,
                        Network = network,
                        Silos = options.Silos,
                        Models = new Dictionary<string, string> { [PlanWriter.Model] = model.Url },
                        Environment = EngineSettings(),
                        Prepare = async silo =>
                        {
                            if (Environment.IsPrivilegedProcess)
                            {
                                disks.Add(await SmallDisk.MountAsync(silo.Data, DiskMegabytes).ConfigureAwait(false));
                            }
                        },
                    }
                )
                .ConfigureAwait(false);
            return new ChaosCluster(harness, disks, ground.Engine);
        }
        catch
        {
            foreach (var disk in disks)
            {
                await disk.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private Dictionary<string, string> EngineSettings() =>
        ground.Engine is { } engine ? new() { ["DOCKER_HOST"] = $"unix://{engine.Socket}" } : new(ClusterHarness.NoEngine);

    private async Task WaitUntilEndedAsync(RedisReader reader, IReadOnlyList<StartedLoop> started, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var open = started.Select(loop => new LoopId(loop.Id)).ToList();
        while (open.Count > 0 && clock.Elapsed < options.Patience)
        {
            for (var i = open.Count - 1; i >= 0; i--)
            {
                if (
                    await reader.Reads.FindAsync(open[i], cancellationToken).ConfigureAwait(false) is
                    { Status: not (LoopStatus.Running or LoopStatus.Waiting) }
                )
                {
                    open.RemoveAt(i);
                }
            }

            await Task.Delay(Glance, cancellationToken).ConfigureAwait(false);
        }

        _log.Say(
            open.Count == 0 ? "every loop has ended" : string.Create(CultureInfo.InvariantCulture, $"{open.Count} loops have not ended")
        );
    }

    private static async Task StopSupervisionAsync(CancellationTokenSource supervision, Task supervising)
    {
        await supervision.CancelAsync().ConfigureAwait(false);
        try
        {
            await supervising.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (supervision.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private async Task<ChaosResult> ReckonAsync(
        ChaosCluster cluster,
        RedisReader reader,
        ModelStub model,
        IReadOnlyList<StartedLoop> started,
        CancellationToken cancellationToken
    )
    {
        var book = WitnessBook.Read(cluster.Silos.SelectMany(silo => silo.Lives));
        var judge = new LoopJudge(reader, book, model.BillOf);
        var broken = new List<LoopVerdict>();
        foreach (var loop in started)
        {
            var verdict = await judge.JudgeAsync(loop, cancellationToken).ConfigureAwait(false);
            if (!verdict.Holds)
            {
                broken.Add(verdict);
            }
        }

        await CheckRestAsync(reader, started, cancellationToken).ConfigureAwait(false);
        var leaked = await LeakedAsync(cancellationToken).ConfigureAwait(false);
        var recoveries = Recoveries.Find(book, _log.Losses);
        foreach (var verdict in broken.Take(5))
        {
            say($"seed {options.Seed}: {verdict}");
        }

        foreach (var group in recoveries.GroupBy(recovery => recovery.Loss).OrderBy(group => group.Key.At))
        {
            _log.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{group.Key.Life.Silo.Name}: {group.Key.How}: {group.Count()} loops were taken up after {group.First().Milliseconds:0} to {group.Last().Milliseconds:0} ms"
                )
            );
        }

        var acknowledged = started.Count(loop => !loop.IsFork);
        double[] times = [.. recoveries.Select(recovery => recovery.Milliseconds)];
        return new ChaosResult
        {
            Seed = options.Seed,
            Loops = acknowledged,
            Lost = broken.Count(verdict => verdict.Lost.Count > 0),
            Repeated = broken.Count(verdict => verdict.Repeated.Count > 0),
            Overshoot = broken.Count(verdict => verdict.Overshoot.Count > 0),
            LeakedContainers = leaked,
            RecoveryP50Ms = Measure.Percentile(times, 50),
            RecoveryP99Ms = Measure.Percentile(times, 99),
            Ok = broken.Count == 0 && leaked == 0 && _log.Faults.Count == 0 && acknowledged == options.Loops,
            Machine = Measure.Machine(),
        };
    }

    /// <summary>No loop is there that nobody was told of, and the audit chains are whole.</summary>
    private async Task CheckRestAsync(RedisReader reader, IReadOnlyList<StartedLoop> started, CancellationToken cancellationToken)
    {
        var known = started.Select(loop => loop.Id).ToHashSet(StringComparer.Ordinal);
        await foreach (var loop in reader.Ledger.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!known.Contains(loop.Value))
            {
                _log.Broken($"loop {loop} is in the ledger and no caller was told of it: a request was carried out twice");
            }
        }

        try
        {
            var records = await reader.CheckAuditAsync(cancellationToken).ConfigureAwait(false);
            _log.Say(string.Create(CultureInfo.InvariantCulture, $"{records} audit records, chains whole"));
        }
        catch (LedgerCorruptException e)
        {
            _log.Broken(e.Message);
        }
    }

    /// <summary>The engine is this run's own and every silo has ended: what is left is leaked, once the leases are over.</summary>
    private async Task<int> LeakedAsync(CancellationToken cancellationToken)
    {
        if (ground.Engine is not { } engine)
        {
            return 0;
        }

        for (var clock = Stopwatch.StartNew(); ; )
        {
            var left = (await engine.RunAsync("ps", "--all", "--format", "{{.Names}} {{.Status}}").ConfigureAwait(false)).Split(
                '\n',
                StringSplitOptions.RemoveEmptyEntries
            );
            if (left.Length == 0)
            {
                return 0;
            }

            if (clock.Elapsed > LeaseOver)
            {
                say($"seed {options.Seed}: containers left: {string.Join(", ", left)}");
                await engine.RunAsync(["rm", "--force", .. left.Select(line => line.Split(' ')[0])]).ConfigureAwait(false);
                return left.Length;
            }

            await Task.Delay(Glance, cancellationToken).ConfigureAwait(false);
        }
    }
}
