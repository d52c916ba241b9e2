using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.Client;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.ClusterKit.Redis;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Bench.Cluster.Hosting;

/// <summary>
/// A real cluster below one directory: a redis-server and silo processes, each silo with an empty data directory of its own.
/// </summary>
internal sealed class ClusterHarness : IAsyncDisposable
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(45);
    private readonly HarnessOptions _options;
    private readonly List<SiloServer> _silos = [];
    private readonly bool _ownsRedis;

    private ClusterHarness(HarnessOptions options, RedisServer redis, SiloSettings settings)
    {
        (_options, Redis, Settings, _ownsRedis) = (options, redis, settings, options.Redis is null);
    }

    /// <summary>Settings of silos that touch no container engine, not even the machine's.</summary>
    public static IReadOnlyDictionary<string, string> NoEngine { get; } =
        new Dictionary<string, string>
        {
            ["DOCKER_HOST"] = "unix:///no/container/engine",
            ["LoopCluster__Sandbox__Cli"] = "no-container-engine",
        };

    public ClusterNetwork Network => _options.Network;

    public RedisServer Redis { get; }

    public SiloSettings Settings { get; }

    public IReadOnlyList<SiloServer> Silos => _silos;

    /// <summary>
    /// Asks every silo in turn and does not give up: what one does not answer is asked of the next, with the same idempotency key. What it
    /// returns was acknowledged.
    /// </summary>
    public LoopClient Client { get; private set; } = null!;

    /// <summary>Starts Redis and the silos; done when every silo is ready.</summary>
    public static async Task<ClusterHarness> StartAsync(HarnessOptions options)
    {
        Directory.CreateDirectory(options.Root);
        var redis = options.Redis ?? await StartRedisAsync(options).ConfigureAwait(false);
        var harness = new ClusterHarness(options, redis, await SettingsAsync(options, redis).ConfigureAwait(false));
        try
        {
            await harness.AddSilosAsync(options.Silos).ConfigureAwait(false);
            var key = await harness.AddKeyAsync("default").ConfigureAwait(false);
            harness.Client = new LoopClient(
                new LoopClientOptions
                {
                    Servers = () => [.. harness._silos.Select(silo => silo.Url)],
                    Key = key,
                    Patience = TimeSpan.FromMinutes(2),
                    LongestPause = TimeSpan.FromMilliseconds(200),
                    TryTimeout = TimeSpan.FromSeconds(10),
                    ConnectTimeout = TimeSpan.FromSeconds(1),
                    Insists = true,
                }
            );
            return harness;
        }
        catch
        {
            await harness.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <param name="settings">Null for the cluster's own.</param>
    public async Task<SiloServer> AddSiloAsync(SiloSettings? settings = null)
    {
        var number = _silos.Count + 1;
        var node = await Network.AddAsync(string.Create(CultureInfo.InvariantCulture, $"{_options.Name}{number}")).ConfigureAwait(false);
        var silo = new SiloServer(number, node, _options.Root, settings ?? Settings);
        _silos.Add(silo);
        return silo;
    }

    /// <summary>SIGTERM to all at once. Says which did not end in time.</summary>
    public async Task<IReadOnlyList<string>> StopSilosAsync()
    {
        var running = _silos.Where(silo => silo.IsRunning).ToArray();
        foreach (var silo in running)
        {
            silo.Process.Send(Signal.Continue);
            silo.Process.Send(Signal.Terminate);
        }

        var late = new List<string>();
        foreach (var silo in running)
        {
            if (!await silo.Process.WaitForExitAsync(DrainPatience).ConfigureAwait(false))
            {
                late.Add(silo.Name);
                await silo.Process.KillAsync().ConfigureAwait(false);
            }
        }

        return late;
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync().ConfigureAwait(false);
        }

        if (_ownsRedis)
        {
            await Redis.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AddSilosAsync(int count)
    {
        for (var number = 1; number <= count; number++)
        {
            var silo = await AddSiloAsync().ConfigureAwait(false);
            await _options.Prepare(silo).ConfigureAwait(false);
            silo.Start();
        }

        foreach (var silo in _silos)
        {
            await silo.WaitUntilReadyAsync().ConfigureAwait(false);
        }
    }

    private async Task<string> AddKeyAsync(string tenant)
    {
        var output = Path.Combine(_options.Root, "key.json");
        await using var process = ChildProcess.Start(
            output,
            null,
            Settings.Environment,
            "dotnet",
            [SiloPrograms.Product, "keys", "add", tenant]
        );
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        var line = File.ReadLines(output).LastOrDefault(line => line.StartsWith('{'));
        return process.ExitCode == 0 && line is not null
            ? JsonSerializer.Deserialize<JsonElement>(line).GetProperty("key").GetString()!
            : throw new Engine.Errors.InfrastructureException("cluster-unavailable", $"no API key could be made:\n{process.Tail()}");
    }

    private static async Task<RedisServer> StartRedisAsync(HarnessOptions options) =>
        await RedisServer
            .StartAsync(
                new RedisSetup
                {
                    Directory = Path.Combine(options.Root, "redis"),
                    Node = await options.Network.AddAsync("redis").ConfigureAwait(false),
                    Password = RandomNumberGenerator.GetHexString(32, lowercase: true),
                    Settings = RedisSetup.Durable,
                }
            )
            .ConfigureAwait(false);

    private static async Task<SiloSettings> SettingsAsync(HarnessOptions options, RedisServer redis)
    {
        var models = Path.Combine(options.Root, "models.json");
        var catalog = options.Models.ToDictionary(
            model => model.Key,
            model => new
            {
                url = model.Value,
                model = model.Key,
                window = 32768,
                maxTokens = 1024,
                concurrency = 1000,
            }
        );
        await File.WriteAllTextAsync(models, JsonSerializer.Serialize(new { models = catalog })).ConfigureAwait(false);
        var keys = new DataDirectory(Path.Combine(options.Root, "keys"));
        var environment = new Dictionary<string, string>
        {
            ["LoopCluster__Redis__Configuration"] = redis.Configuration,
            ["LoopCluster__Models__UseProxy"] = "false",
            // Many silos on few cores: what a server takes for itself is left to the others.
            ["DOTNET_gcServer"] = "0",
        };
        foreach (var (name, value) in options.Environment)
        {
            environment[name] = value;
        }

        return new SiloSettings
        {
            Program = options.Witnessed ? [SiloPrograms.Witnessed, "silo"] : [SiloPrograms.Product],
            KeysDirectory = keys.Root,
            ModelsFile = models,
            Environment = environment,
            Witnessed = options.Witnessed,
        };
    }
}

internal sealed record HarnessOptions
{
    /// <summary>Everything of the cluster is below.</summary>
    public required string Root { get; init; }

    public required ClusterNetwork Network { get; init; }

    /// <summary>First part of its nodes' names, short: two clusters on one network have two.</summary>
    public string Name { get; init; } = "silo";

    public int Silos { get; init; } = 3;

    /// <summary>Another cluster's Redis; null for one of its own.</summary>
    public RedisServer? Redis { get; init; }

    /// <summary>Name to base URL.</summary>
    public IReadOnlyDictionary<string, string> Models { get; init; } = new Dictionary<string, string>();

    /// <summary>Beside what every silo is given.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>With a witness in front of each port, and no-container loops.</summary>
    public bool Witnessed { get; init; } = true;

    /// <summary>Done before a silo is started for the first time.</summary>
    public Func<SiloServer, Task> Prepare { get; init; } = _ => Task.CompletedTask;
}

/// <summary>Assemblies a silo runs from.</summary>
internal static class SiloPrograms
{
    public static string Product => Path.Combine(AppContext.BaseDirectory, "loop-silo.dll");

    /// <summary>The same composition with decorators in front of its ports (<see cref="WitnessedSilo"/>).</summary>
    public static string Witnessed => Path.Combine(AppContext.BaseDirectory, "loop-bench.dll");
}
