using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using LoopCluster.Cli.Commands;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Cli.Cluster;

/// <summary>
/// A Redis and some silos on this machine, each silo with a data directory of its own, all below <c>cluster/</c> of a data directory.
/// </summary>
internal sealed class LocalCluster(DataDirectory data, Action<string> say)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(45);

    private readonly string _root = Path.Combine(data.Root, "cluster");

    private string StateFile => Path.Combine(_root, "cluster.json");

    /// <summary>Starts what is missing: repeated, it starts silos that were killed or added.</summary>
    public async Task<ClusterState> UpAsync(int silos, string? models, CancellationToken cancellationToken)
    {
        data.Create();
        Directory.CreateDirectory(_root, Private);
        var state = ClusterState.Read(StateFile)
            ?? new ClusterState { RedisPort = FreePort([]), RedisPassword = RandomNumberGenerator.GetHexString(32, lowercase: true) };
        state = Save(await StartRedisAsync(state, cancellationToken).ConfigureAwait(false));
        if (state.ApiKey is null)
        {
            state = Save(
                state with
                {
                    ApiKey = (
                        await new ClusterKeys(SettingsOf(state)).AddAsync(CommandContext.Tenant, cancellationToken).ConfigureAwait(false)
                    ).Key,
                }
            );
        }

        var all = state.Silos.ToDictionary(s => s.Number);
        var taken = all.Values.SelectMany(s => new[] { s.HttpPort, s.SiloPort, s.GatewayPort }).ToHashSet();
        for (var number = 1; number <= Math.Max(silos, all.Count); number++)
        {
            var known = all.GetValueOrDefault(number) ?? new SiloState(number, FreePort(taken), FreePort(taken), FreePort(taken), null);
            if (known.Process is not { IsRunning: true })
            {
                known = known with { Process = await StartSiloAsync(state, known, models, cancellationToken).ConfigureAwait(false) };
            }

            all[number] = known;
            state = Save(state with { Silos = [.. all.Values.OrderBy(s => s.Number)] });
        }

        foreach (var started in state.Silos)
        {
            await WaitUntilReadyAsync(started, cancellationToken).ConfigureAwait(false);
        }

        return state;
    }

    /// <summary>The keys of the cluster of this directory; null when there is none.</summary>
    /// <exception cref="BadInputException"><c>cluster-not-up</c>: there is one, and its Redis does not run.</exception>
    public ClusterKeys? FindKeys() =>
        ClusterState.Read(StateFile) switch
        {
            null => null,
            { Redis: { IsRunning: true } } state => new ClusterKeys(SettingsOf(state)),
            _ => throw new BadInputException(
                "cluster-not-up",
                "--data",
                $"the cluster in {_root} is not running, and its keys are in its Redis: 'loop cluster up' starts it. For a key of 'loop up' over this directory give --for directory."
            ),
        };

    /// <summary>SIGKILL: what a cluster must survive.</summary>
    public void Kill(int number)
    {
        var state = ClusterState.Read(StateFile) ?? throw NotUp();
        var target = state.Silos.FirstOrDefault(s => s.Number == number)
            ?? throw new BadInputException("unknown-silo", "N", $"there is no silo {number}; there are 1 to {state.Silos.Count}");
        if (target.Process is not { IsRunning: true } process)
        {
            throw new BadInputException("unknown-silo", "N", $"silo {number} is not running; 'loop cluster up' starts it again");
        }

        process.Kill();
        say($"killed silo {number} (process {process.Pid}); 'loop cluster up' starts it again");
    }

    /// <summary>Drains and stops the silos, then Redis. The data stays, and <see cref="UpAsync"/> goes on with it.</summary>
    public async Task DownAsync(CancellationToken cancellationToken)
    {
        var state = ClusterState.Read(StateFile) ?? throw NotUp();
        var running = state.Silos.Select(s => s.Process).OfType<DetachedProcess>().Where(p => p.IsRunning).ToList();
        running.ForEach(p => p.Terminate());
        foreach (var process in running)
        {
            if (!await process.WaitForExitAsync(DrainPatience, cancellationToken).ConfigureAwait(false))
            {
                say($"process {process.Pid} did not drain in {DrainPatience.TotalSeconds:0} s and was killed");
                process.Kill();
            }
        }

        if (state.Redis is { IsRunning: true } redis)
        {
            // On SIGTERM Redis writes what it has and leaves.
            redis.Terminate();
            if (!await redis.WaitForExitAsync(DrainPatience, cancellationToken).ConfigureAwait(false))
            {
                throw new InfrastructureException(
                    "cluster-unavailable",
                    $"Redis (process {redis.Pid}) does not stop; its log is {redis.Log}"
                );
            }
        }

        _ = Save(state with { Redis = null, Silos = [.. state.Silos.Select(s => s with { Process = null })] });
    }

    private async Task<ClusterState> StartRedisAsync(ClusterState state, CancellationToken cancellationToken)
    {
        if (state.Redis is { IsRunning: true })
        {
            return state;
        }

        var directory = Path.Combine(_root, "redis");
        Directory.CreateDirectory(directory, Private);
        var configuration = Path.Combine(directory, "redis.conf");
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            bind 127.0.0.1
            port {state.RedisPort}
            requirepass {state.RedisPassword}
            dir {directory}
            appendonly yes
            appendfsync always
            maxmemory-policy noeviction

            """
        );
        await using (
            var stream = new FileStream(
                configuration,
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        {
            await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        }

        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(Path.Combine(p, "redis-server"))))
        {
            throw new InfrastructureException(
                "redis-missing",
                "redis-server is not installed; install it, for example with 'apt-get install redis-server'"
            );
        }

        var process = await DetachedProcess
            .StartAsync(
                "redis-server",
                [configuration],
                new Dictionary<string, string>(),
                Path.Combine(directory, "redis.log"),
                cancellationToken
            )
            .ConfigureAwait(false);
        await WaitAsync("Redis", process, () => AcceptsAsync(state.RedisPort, cancellationToken), cancellationToken).ConfigureAwait(false);
        return state with { Redis = process };
    }

    private async Task<DetachedProcess> StartSiloAsync(
        ClusterState state,
        SiloState started,
        string? models,
        CancellationToken cancellationToken
    )
    {
        var directory = new DataDirectory(Path.Combine(_root, $"silo-{started.Number}"));
        directory.Create();
        List<string> arguments =
        [
            SiloProgram.Find(),
            "--data",
            directory.Root,
            "--keys",
            Path.Combine(_root, "keys"),
            "--url",
            started.Url,
            "--advertise",
            "127.0.0.1",
            "--silo-port",
            Number(started.SiloPort),
            "--gateway-port",
            Number(started.GatewayPort),
        ];
        if (models is not null)
        {
            arguments.AddRange(["--models", models]);
        }

        return await DetachedProcess
            .StartAsync("dotnet", arguments, SettingsOf(state), Path.Combine(directory.Root, "silo.log"), cancellationToken)
            .ConfigureAwait(false);
    }

    // Not on a command line, where every user of the machine could read the password.
    private static Dictionary<string, string> SettingsOf(ClusterState state) =>
        new()
        {
            ["LoopCluster__Redis__Configuration"] = string.Create(
                CultureInfo.InvariantCulture,
                $"127.0.0.1:{state.RedisPort},password={state.RedisPassword}"
            ),
        };

    private static Task WaitUntilReadyAsync(SiloState started, CancellationToken cancellationToken) =>
        WaitAsync(
            $"silo {started.Number}",
            started.Process!,
            async () =>
            {
                using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
                try
                {
                    using var response = await http.GetAsync(new Uri(started.Url + "/readyz"), cancellationToken).ConfigureAwait(false);
                    return response.IsSuccessStatusCode;
                }
                catch (Exception e)
                    when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
                {
                    return false;
                }
            },
            cancellationToken
        );

    private static async Task WaitAsync(string what, DetachedProcess process, Func<Task<bool>> isReady, CancellationToken cancellationToken)
    {
        for (var watch = Stopwatch.StartNew(); !await isReady().ConfigureAwait(false); )
        {
            if (!process.IsRunning)
            {
                throw new InfrastructureException("cluster-unavailable", $"{what} ended while starting:\n{process.Tail()}");
            }

            if (watch.Elapsed > Patience)
            {
                throw new InfrastructureException(
                    "cluster-unavailable",
                    $"{what} is not ready after {Patience.TotalSeconds:0} s:\n{process.Tail()}"
                );
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> AcceptsAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort(HashSet<int> taken)
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            if (taken.Add(((IPEndPoint)listener.LocalEndpoint).Port))
            {
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
        }
    }

    private ClusterState Save(ClusterState state)
    {
        state.Write(StateFile);
        return state;
    }

    private BadInputException NotUp() => new("cluster-not-up", "--data", $"there is no cluster in {_root}; 'loop cluster up' starts one");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
