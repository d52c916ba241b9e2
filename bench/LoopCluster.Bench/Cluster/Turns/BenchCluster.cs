using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoopCluster.Bench.Cluster.Hosting;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.Bench.Turns;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.ClusterKit.Redis;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>A redis-server and silo processes of the bench, each with a data directory of its own.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(5) };
    private readonly LoopbackNetwork _network = new();
    private readonly List<SiloServer> _silos = [];
    private readonly string _root;
    private readonly SiloSettings _settings;
    private int _nextSilo;

    private BenchCluster(string root, RedisServer redis)
    {
        (_root, Redis) = (root, redis);
        Directory.CreateDirectory(root);
        var models = Path.Combine(root, "models.json");
        File.WriteAllText(models, """{"models":{}}""");
        _settings = new SiloSettings
        {
            Program = [SiloPrograms.Witnessed, "bench-silo"],
            KeysDirectory = KeysDirectory,
            ModelsFile = models,
            Environment = new Dictionary<string, string>
            {
                ["LoopCluster__Redis__Configuration"] = redis.Configuration,
                ["LoopCluster__Redis__AllowNoPassword"] = "true",
                ["LoopCluster__Models__UseProxy"] = "false",
            },
        };
    }

    public RedisServer Redis { get; }

    public IReadOnlyList<SiloServer> Silos => _silos;

    public string KeysDirectory => Path.Combine(_root, "keys");

    public static async Task<BenchCluster> StartAsync(string root, RedisServer redis, int silos)
    {
        var cluster = new BenchCluster(root, redis);
        try
        {
            for (var i = 0; i < silos; i++)
            {
                await cluster.AddSiloAsync();
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more silo; done when it is ready.</summary>
    public async Task<SiloServer> AddSiloAsync()
    {
        var number = _silos.Count + 1;
        var silo = new SiloServer(
            number,
            await _network.AddAsync(string.Create(CultureInfo.InvariantCulture, $"bench{number}")),
            _root,
            _settings
        );
        _silos.Add(silo);
        silo.Start();
        await silo.WaitUntilReadyAsync();
        return silo;
    }

    /// <summary>Starts loops through the hosts of all silos in equal shares; returns their ids when every one exists durably.</summary>
    public async Task<IReadOnlyList<string>> StartLoopsAsync(Uri model, int loops, int turns)
    {
        var first = _nextSilo++;
        var started = _silos.Select(
            async (_, i) =>
            {
                var share = (loops / _silos.Count) + (i < loops % _silos.Count ? 1 : 0);
                var silo = _silos[(first + i) % _silos.Count];
                var query = string.Create(
                    CultureInfo.InvariantCulture,
                    $"/bench/start?loops={share}&turns={turns}&model={Uri.EscapeDataString(model.ToString())}"
                );
                return share == 0 ? [] : (await PostAsync(new Uri(silo.Url, query), "")).Split('\n');
            }
        );
        return [.. (await Task.WhenAll(started)).SelectMany(ids => ids)];
    }

    /// <summary>Has loops driven, one after another. Milliseconds each took until its driver was launched.</summary>
    public async Task<double[]> WakeAsync(SiloServer silo, IEnumerable<string> loops) =>
        JsonSerializer.Deserialize<double[]>(await PostAsync(new Uri(silo.Url, "/bench/wake"), string.Join('\n', loops)))!;

    /// <summary>
    /// Asks a silo to leave and starts it anew, under new addresses; milliseconds from the start of its process until it is ready.
    /// </summary>
    public static async Task<double> RestartAsync(SiloServer silo)
    {
        silo.Process.Send(Signal.Terminate);
        await silo.Process.WaitForExitAsync(CancellationToken.None);
        return await StartAnewAsync(silo);
    }

    /// <inheritdoc cref="RestartAsync"/>
    public static async Task<double> StartAnewAsync(SiloServer silo)
    {
        silo.MoveToNewPorts();
        var started = Stopwatch.GetTimestamp();
        silo.Start();
        await silo.WaitUntilReadyAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    public async Task<SiloFacts> DescribeAsync(SiloServer silo, bool collect = false) =>
        JsonSerializer.Deserialize<SiloFacts>(
            await _http.GetStringAsync(new Uri(silo.Url, collect ? "/bench/silo?collect" : "/bench/silo"))
        )!;

    public async Task<IReadOnlyList<SiloFacts>> DescribeAsync() =>
        await Task.WhenAll(_silos.Where(s => s.IsRunning).Select(s => DescribeAsync(s)));

    /// <summary>User and system time of all silos so far.</summary>
    public TimeSpan Cpu() => TimeSpan.FromTicks(_silos.Sum(s => Measure.Cpu(s.Process.Id).Ticks));

    public double RssMb() => _silos.Sum(s => Measure.RssMb(s.Process.Id));

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }

        _http.Dispose();
    }

    private async Task<string> PostAsync(Uri uri, string body)
    {
        using var content = new StringContent(body);
        using var response = await _http.PostAsync(uri, content);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? text
            : throw new InvalidOperationException($"{uri} answered {(int)response.StatusCode}: {text}");
    }
}
