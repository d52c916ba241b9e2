using System.Net;
using System.Text.Json;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.TestKit.Api;

/// <summary>
/// What the API promises, whatever hosts the loops: a real server on a loopback port, real git workspaces, a real ledger, scripted models,
/// commands without containers. A host inherits these tests unchanged.
/// </summary>
public abstract partial class ApiTests : IAsyncLifetime
{
    protected const string Tenant = "acme";
    protected const string Stranger = "globex";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<ApiClient> _clients = [];
    private IRunningApi? _running;

    protected TestFiles Files { get; } = new();

    protected FakeShell Shell { get; } = new();

    /// <summary>Ends every wait of a test that hangs.</summary>
    protected CancellationToken Patient { get; } = new CancellationTokenSource(Patience).Token;

    protected IRunningApi Running => _running!;

    protected ApiClient Api { get; private set; } = null!;

    /// <summary>A caller of another tenant.</summary>
    protected ApiClient Other { get; private set; } = null!;

    protected abstract ValueTask<IRunningApi> OpenAsync(ApiSetup setup);

    public async Task InitializeAsync() => await ReopenAsync();

    public async Task DisposeAsync()
    {
        _clients.ForEach(c => c.Dispose());
        // None where a test is skipped for what this machine lacks.
        if (_running is { } running)
        {
            await running.DisposeAsync();
        }

        Files.Dispose();
    }

    /// <summary>Stops the server and starts it over the same store.</summary>
    protected async Task ReopenAsync(params (string Key, string Value)[] settings)
    {
        if (_running is { } running)
        {
            await running.DisposeAsync();
        }

        var setup = new HostSetup(
            Files.At("data"),
            Shell.Sandbox,
            ModelCatalog.Parse("models: { big: { url: 'http://10.9.8.7/v1', model: m, keyEnv: BIG_KEY } }"),
            TimeProvider.System
        );
        _running = await OpenAsync(new ApiSetup(setup, settings.ToDictionary(s => $"LoopCluster:Api:{s.Key}", string? (s) => s.Value)));
        Api = await ClientAsync(Tenant);
        Other = await ClientAsync(Stranger);
    }

    protected async Task<ApiClient> ClientAsync(string tenant, Uri? url = null)
    {
        var (key, kept) = ApiKeys.New(tenant, TimeProvider.System);
        await Running.Keys.AddAsync(kept, Patient);
        return Client(key, url);
    }

    protected ApiClient Client(string? key, Uri? url = null)
    {
        var client = new ApiClient(url ?? Running.Url, key);
        _clients.Add(client);
        return client;
    }

    /// <summary>A task with one gate, <c>has answer.txt 42</c>, and a model that does <paramref name="replies"/>.</summary>
    protected static string Spec(string replies, string goal = "put 42 into answer.txt") =>
        $$$"""
            {"goal":{{{JsonSerializer.Serialize(
                goal
            )}}},"workspace":{"files":{"readme.txt":"hello\n"}},"model":{"script":{"replies":[{{{replies}}}]}},
             "gates":[{"name":"answer","run":"has answer.txt 42"}]}
            """;

    protected static string Solve { get; } =
        """{"tools":[{"name":"write_file","arguments":{"path":"answer.txt","content":"42\n"}},{"name":"done","arguments":{"summary":"ready"}}]}""";

    protected static string Run(string command) => $$$"""{"tools":[{"name":"shell","arguments":{"command":"{{{command}}}"}}]}""";

    /// <summary>Holds until the shell is released, then solves.</summary>
    protected static string HoldThenSolve { get; } = $"{Run("hold")},{Solve}";

    protected async Task<string> StartAsync(string spec, ApiClient? client = null) =>
        (await (client ?? Api).PostAsync("/v1/loops", spec)).ShouldBe(HttpStatusCode.Created).Id;

    /// <summary>A loop that has ended.</summary>
    protected async Task<string> RunAsync(string spec, ApiClient? client = null)
    {
        var loop = await StartAsync(spec, client);
        using var events = await (client ?? Api).OpenEventsAsync(loop);
        await events.ToEndAsync(Patient);
        return loop;
    }

    /// <summary>A loop whose tool call holds.</summary>
    protected async Task<string> StartHeldAsync(ApiClient? client = null)
    {
        Shell.ExpectHold();
        var loop = await StartAsync(Spec(HoldThenSolve), client);
        await Shell.Held.WaitAsync(Patient);
        return loop;
    }

    /// <summary>Bounded polling, for what only the other side of a socket can tell.</summary>
    protected async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Delay(20, Patient);
        }
    }
}
