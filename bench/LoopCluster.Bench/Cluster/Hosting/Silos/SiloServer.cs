using System.Diagnostics;
using System.Globalization;
using System.Net;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Bench.Cluster.Hosting.Silos;

/// <summary>One silo: a process at a time, with a data directory that no other silo sees.</summary>
internal sealed class SiloServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(60);
    private SiloSettings _settings;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly List<SiloLife> _lives = [];
    private int _httpPort;
    private int _siloPort;
    private int _gatewayPort;

    public SiloServer(int number, NetworkNode node, string root, SiloSettings settings)
    {
        (Number, Node, _settings) = (number, node, settings);
        Root = Path.Combine(root, Name);
        Data = Path.Combine(Root, "data");
        Directory.CreateDirectory(Data);
        MoveToNewPorts();
    }

    public int Number { get; }

    public NetworkNode Node { get; }

    public string Name => string.Create(CultureInfo.InvariantCulture, $"silo-{Number}");

    /// <summary>Logs and witnesses; survives its data.</summary>
    public string Root { get; }

    /// <summary>Its data directory.</summary>
    public string Data { get; }

    public Uri Url => new(string.Create(CultureInfo.InvariantCulture, $"http://{Node.Address}:{_httpPort}"));

    /// <summary>Where the other silos reach it.</summary>
    public IPEndPoint Endpoint => new(Node.Address, _siloPort);

    /// <summary>Every process it had, oldest first.</summary>
    public IReadOnlyList<SiloLife> Lives => _lives;

    public ChildProcess Process => _lives[^1].Process;

    public bool IsRunning => _lives.Count > 0 && Process.IsRunning;

    public void MoveToNewPorts() => (_httpPort, _siloPort, _gatewayPort) = (Node.FreePort(), Node.FreePort(), Node.FreePort());

    /// <summary>Later processes run from another assembly.</summary>
    public void Upgrade(IReadOnlyList<string> program) => _settings = _settings with { Program = program };

    /// <summary>What is in its data directory is gone, as if it came up on another machine.</summary>
    public void LoseData()
    {
        foreach (var entry in new DirectoryInfo(Data).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo directory)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    /// <summary>Starts a process; it is not waited for.</summary>
    public void Start()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException($"{Name} runs");
        }

        var life = string.Create(CultureInfo.InvariantCulture, $"{_lives.Count + 1}");
        var witness = Path.Combine(Root, $"witness-{life}");
        var process = ChildProcess.Start(
            Path.Combine(Root, $"log-{life}"),
            Node.Namespace,
            _settings.Environment,
            "dotnet",
            [
                .. _settings.Program,
                "--data",
                Data,
                "--keys",
                _settings.KeysDirectory,
                "--url",
                Url.ToString().TrimEnd('/'),
                "--advertise",
                Node.Address.ToString(),
                "--silo-port",
                Text(_siloPort),
                "--gateway-port",
                Text(_gatewayPort),
                "--models",
                _settings.ModelsFile,
                .. _settings.Witnessed ? new[] { "--witness", witness } : [],
            ]
        );
        _lives.Add(new SiloLife(this, process, Stopwatch.GetTimestamp(), witness));
    }

    /// <summary>Done when it says that it is ready.</summary>
    /// <exception cref="InfrastructureException"><c>silo-unavailable</c>: it ended, or is not ready in a minute.</exception>
    public async Task WaitUntilReadyAsync()
    {
        for (var started = Stopwatch.GetTimestamp(); !await IsReadyAsync().ConfigureAwait(false); )
        {
            if (!Process.IsRunning || Stopwatch.GetElapsedTime(started) > ReadyPatience)
            {
                throw new InfrastructureException(
                    "silo-unavailable",
                    $"{Name} {(Process.IsRunning ? "is not ready in a minute" : "ended")}:\n{Process.Tail()}"
                );
            }

            await Task.Delay(50).ConfigureAwait(false);
        }
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(Url, "/readyz")).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var life in _lives)
        {
            await life.Process.DisposeAsync().ConfigureAwait(false);
        }

        _http.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One process of a silo.</summary>
/// <param name="Started">In ticks of <see cref="Stopwatch"/>.</param>
/// <param name="Witness">File of its witness; may not be there.</param>
internal sealed record SiloLife(SiloServer Silo, ChildProcess Process, long Started, string Witness);

/// <summary>What all silos of a deployment are started with.</summary>
internal sealed record SiloSettings
{
    /// <summary>Path of the assembly, and arguments before the silo's own.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    public required string KeysDirectory { get; init; }

    public required string ModelsFile { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>True for the program that takes <c>--witness</c>.</summary>
    public bool Witnessed { get; init; }
}
