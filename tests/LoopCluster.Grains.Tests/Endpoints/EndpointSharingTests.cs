using LoopCluster.Grains.Endpoints;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Tests.Endpoints;

/// <summary>Silos that share an endpoint, with workers that never have enough.</summary>
[Trait("Category", "Cluster")]
public sealed class EndpointSharingTests : ClusterTests
{
    private const string Endpoint = "http://models.example:8000/v1";
    private const int Concurrency = 6;

    private readonly Lock _lock = new();
    private int _open;
    private int _mostOpen;

    [Fact]
    public async Task ThreeSilos_OneEndpoint_NeverMoreThanItsConcurrencyAndEverySiloGetsOn()
    {
        await StartSharingAsync();
        using var stop = new CancellationTokenSource();
        var silos = Cluster.Silos.Select(s => new Worker(this, LoopTestCluster.Get<IEndpointConcurrency>(s))).ToArray();
        var working = silos.Select(w => w.RunAsync(stop.Token)).ToArray();

        await UntilAsync(() => silos.All(s => s.Done > 100), "every silo gets on");
        await UntilAsync(() => _mostOpen == Concurrency, "all of it is used");
        await stop.CancelAsync();
        await Task.WhenAll(working);

        _mostOpen.ShouldBeLessThanOrEqualTo(Concurrency);
    }

    [Fact]
    public async Task GrainsSilo_Killed_SharesStayWithinTheConcurrencyAndGoOn()
    {
        await StartSharingAsync();
        using var stop = new CancellationTokenSource();
        var workers = Cluster.Silos.ToDictionary(
            s => s,
            s =>
                (
                    Worker: new Worker(this, LoopTestCluster.Get<IEndpointConcurrency>(s)),
                    Stop: CancellationTokenSource.CreateLinkedTokenSource(stop.Token)
                )
        );
        var working = workers.Values.ToDictionary(w => w.Worker, w => w.Worker.RunAsync(w.Stop.Token));
        await UntilAsync(() => workers.Values.All(w => w.Worker.Done > 50), "every silo gets on");
        var grain = LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.First()).GetGrain<IEndpointGrain>(Endpoint).GetGrainId();

        var victim = Cluster.SiloOf(grain).ShouldNotBeNull();
        await workers[victim].Stop.CancelAsync();
        await working[workers[victim].Worker];
        await Cluster.KillAsync(victim);

        var left = workers.Where(w => w.Key != victim).Select(w => w.Value.Worker).ToArray();
        var before = left.Select(w => w.Done).ToArray();
        await UntilAsync(() => left.Zip(before).All(p => p.First.Done > p.Second + 200), "the others go on");
        await stop.CancelAsync();
        await Task.WhenAll(working.Values);
        _mostOpen.ShouldBeLessThanOrEqualTo(Concurrency);
        foreach (var (_, source) in workers.Values)
        {
            source.Dispose();
        }
    }

    [Fact]
    public async Task Idle_ShareIsReturnedAndTheGrainGoes()
    {
        await StartSharingAsync(new() { ["LoopCluster:Endpoints:IdleAfter"] = "00:00:00.3" });
        using var stop = new CancellationTokenSource();
        var worker = new Worker(this, LoopTestCluster.Get<IEndpointConcurrency>(Cluster.Silos.First()));
        var working = worker.RunAsync(stop.Token);
        await UntilAsync(() => worker.Done > 10, "it gets on");
        var grain = LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.First()).GetGrain<IEndpointGrain>(Endpoint).GetGrainId();
        Cluster.SiloOf(grain).ShouldNotBeNull();

        await stop.CancelAsync();
        await working;

        await UntilAsync(() => Cluster.SiloOf(grain) is null, "an endpoint that nobody uses costs nothing");
        worker.Share.ShouldBe(0);
    }

    private Task StartSharingAsync(Dictionary<string, string?>? more = null)
    {
        var configuration = more ?? [];
        configuration["LoopCluster:Endpoints:Period"] = "00:00:00.2";
        configuration["LoopCluster:Endpoints:WaitingPeriod"] = "00:00:00.05";
        return StartClusterAsync(3, s => s with { Configuration = configuration });
    }

    private void Count(int change)
    {
        lock (_lock)
        {
            _open += change;
            _mostOpen = Math.Max(_mostOpen, _open);
        }
    }

    /// <summary>A silo's limiter, and ten callers that want in all the time.</summary>
    private sealed class Worker : IEndpointLimiter
    {
        private readonly EndpointSharingTests _test;
        private readonly Action _nudge;
        private readonly Lock _lock = new();
        private int _waiting;
        private int _opened;

        public Worker(EndpointSharingTests test, IEndpointConcurrency concurrency)
        {
            _test = test;
            _nudge = concurrency.Share(Endpoint, this);
        }

        public int Concurrency => EndpointSharingTests.Concurrency;

        public int Open => Volatile.Read(ref _opened);

        public int Waiting => Volatile.Read(ref _waiting);

        public int Share { get; private set; }

        public int Done { get; private set; }

        public void Bound(int share)
        {
            lock (_lock)
            {
                Share = share;
            }
        }

        public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => CallAsync(stop))));

        private async Task CallAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                if (TryEnter())
                {
                    _test.Count(1);
                    await Task.Delay(2, CancellationToken.None);
                    _test.Count(-1);
                    lock (_lock)
                    {
                        _opened--;
                        Done++;
                    }
                }
                else
                {
                    Interlocked.Increment(ref _waiting);
                    _nudge();
                    await Task.Delay(5, CancellationToken.None);
                    Interlocked.Decrement(ref _waiting);
                }
            }
        }

        private bool TryEnter()
        {
            lock (_lock)
            {
                if (_opened >= Share)
                {
                    return false;
                }

                _opened++;
                return true;
            }
        }
    }
}
