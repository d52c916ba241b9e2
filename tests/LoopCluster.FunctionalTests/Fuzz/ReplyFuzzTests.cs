using System.Globalization;
using System.Net;
using LoopCluster.Cli.Composition;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.FunctionalTests.Hosts;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.FunctionalTests.Fuzz;

/// <summary>
/// Hostile replies on their whole way: an HTTP endpoint, client, driver, ledger, and everything that tells of a loop. Some hundreds a run,
/// the same ones each time; <c>LOOPCLUSTER_FUZZ_REPLIES</c> and <c>LOOPCLUSTER_FUZZ_SEED</c> ask for more and for others.
/// </summary>
public sealed class ReplyFuzzTests : IDisposable
{
    private const string Tenant = "tests";

    /// <summary>Before the good reply with which a loop is verified, if it lives that long.</summary>
    private const int RepliesOfALoop = 10;

    private const int Parallel = 4;

    private static readonly int Seed = Setting("LOOPCLUSTER_FUZZ_SEED", 1);

    private static readonly int Wanted = Setting("LOOPCLUSTER_FUZZ_REPLIES", 300);

    private readonly TestFiles _files = new();

    private readonly FakeShell _shell = new();

    private readonly CancellationToken _patient = new CancellationTokenSource(TimeSpan.FromMinutes(5) * Math.Max(1, Wanted / 300)).Token;

    [Fact]
    public async Task Run_HostileReplies_LoopsRestWithAReasonAndCanBeShown()
    {
        await using var endpoint = new HostileEndpoint(Seed, RepliesOfALoop);
        await using var runtime = await LocalHostTests.OwnAsync(
            new HostSetup(_files.At("data"), _shell.Sandbox, ModelCatalog.Parse("models: {}"), new SwiftTime()),
            new Listening(new IPEndPoint(IPAddress.Loopback, 0))
        );
        var (key, kept) = ApiKeys.New(Tenant, TimeProvider.System);
        await new FileApiKeyStore(runtime.Data.Keys).AddAsync(kept, _patient);
        using var checks = new LoopChecks(runtime, runtime.Url, key, _patient);
        var (loops, served) = (0, 0);
        var ends = new Dictionary<LoopStatus, int>();
        while (served < Wanted)
        {
            var batch = Enumerable.Range(loops, Parallel).ToArray();
            loops += Parallel;
            foreach (var (number, state) in await Task.WhenAll(batch.Select(async n => (n, await RunAsync(runtime, endpoint, n)))))
            {
                var said = $"seed {Seed}, loop {number}: {string.Join("; ", endpoint.SaidTo(number))}";
                await checks.CheckAsync(state, said);
                served += Math.Min(RepliesOfALoop, endpoint.SaidTo(number).Count);
                ends[state.Status] = ends.GetValueOrDefault(state.Status) + 1;
            }
        }

        // Hostile replies do not end every loop: the fuzz would only see first replies otherwise.
        ends.Keys.ShouldContain(LoopStatus.Verified, string.Join(", ", ends));
        served.ShouldBeGreaterThan(loops * 2, string.Join(", ", ends));
        (await new LedgerVerifier(runtime.Data.Root).VerifyAsync(null, _patient)).Ok.ShouldBeTrue();
        await checks.CheckListAsync();
    }

    public void Dispose() => _files.Dispose();

    /// <summary>One loop to its rest.</summary>
    private async Task<LoopState> RunAsync(LoopRuntime runtime, HostileEndpoint endpoint, int number)
    {
        var spec = SpecFile.Parse(
            $$"""
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: "hello\n" } }
            model: { url: "{{endpoint.UrlOf(number)}}", model: hostile, window: 64000, stream: {{(
                number % 2 == 0 ? "true" : "false"
            )}}, price: { in: 1, out: 2 } }
            gates: [ { name: answer, run: has answer.txt 42 } ]
            budget: { attempts: 9, turns: 200, tokens: 100000000, cost: 1000, deadline: 24h }
            stuck: { sameError: 9 }
            outage: 24h
            """,
            SpecOrigin.File(_files.Root)
        );
        var loop = await runtime.Host.StartAsync(new StartLoop(Tenant, spec), _patient);
        try
        {
            await foreach (var _ in runtime.Host.WatchAsync(loop, 1, _patient))
            {
                if ((await runtime.Host.GetAsync(loop, _patient))!.State is { Status: not LoopStatus.Running } state)
                {
                    return state;
                }
            }
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException(
                $"seed {Seed}, loop {number} was not driven to its rest: {string.Join("; ", endpoint.SaidTo(number))}",
                fault
            );
        }

        return (await runtime.Host.GetAsync(loop, _patient))!.State;
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given
            : otherwise;
}
