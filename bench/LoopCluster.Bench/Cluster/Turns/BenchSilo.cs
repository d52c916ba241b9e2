using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoopCluster.Bench.Turns;
using LoopCluster.Grains.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Tools;
using LoopCluster.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>
/// The product's silo with empty sandbox and workspaces and the one tool of the workload, and what the bench asks of it: start loops
/// through the host, wake loops, say what happened. Everything else, from the ledger to the model client, is the product's.
/// </summary>
internal static class BenchSilo
{
    private const int Parallelism = 64;

    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["--data"] = "LoopCluster:Silo:DataDirectory",
        ["--keys"] = "LoopCluster:Silo:KeysDirectory",
        ["--models"] = "LoopCluster:Silo:ModelsFile",
        ["--url"] = "LoopCluster:Silo:Url",
        ["--advertise"] = "LoopCluster:Silo:AdvertisedAddress",
        ["--silo-port"] = "LoopCluster:Silo:SiloPort",
        ["--gateway-port"] = "LoopCluster:Silo:GatewayPort",
    };

    public static async Task<int> RunAsync(string[] arguments)
    {
        EndWithStandardInput();
        var settings = arguments.Chunk(2).ToDictionary(pair => Settings[pair[0]], pair => (string?)pair[1], StringComparer.Ordinal);
        using var counter = new GrainCallCounter();
        var application = SiloApplication.Create(settings, services =>
        {
            services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
            services.AddSingleton<ISandbox, EmptySandbox>();
            services.AddSingleton<IWorkspaces, EmptyWorkspaces>();
            services.AddSingleton(new ToolRegistry([new NoopTool()]));
            services.AddSingleton<IIncomingGrainCallFilter>(counter);
        });
        application.MapPost("/bench/start", StartAsync);
        application.MapPost("/bench/wake", WakeAsync);
        application.MapGet("/bench/silo", context => DescribeAsync(context, counter));
        await application.RunAsync();
        return 0;
    }

    /// <summary>Starts <c>loops</c> loops of <c>turns</c> turns against <c>model</c>; answers their ids, a line each.</summary>
    private static async Task StartAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var host = context.RequestServices.GetRequiredService<ILoopHost>();
        var spec = TurnsSpec.For(new Uri(query["model"]!), Number(query["turns"]!));
        var ids = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Number(query["loops"]!)),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism },
            async (_, cancellationToken) => ids.Add((await host.StartAsync(new StartLoop(TurnsSpec.Tenant, spec), cancellationToken)).Value)
        );
        await context.Response.WriteAsync(string.Join('\n', ids));
    }

    /// <summary>
    /// Has the loops of the body, a line each, driven, by a call of each one's grain as the keeper makes it, one after another; answers how
    /// many milliseconds each took.
    /// </summary>
    private static async Task WakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var loops = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var grains = context.RequestServices.GetRequiredService<IGrainFactory>();
        var times = new List<double>();
        foreach (var loop in loops)
        {
            var started = Stopwatch.GetTimestamp();
            await grains.GetGrain<ILoopGrain>($"{TurnsSpec.Tenant}/{loop}").DriveAsync(context.RequestAborted);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        await context.Response.WriteAsync(JsonSerializer.Serialize(times));
    }

    private static Task DescribeAsync(HttpContext context, GrainCallCounter counter)
    {
        var drivers = context.RequestServices.GetRequiredService<LoopDrivers>();
        var heap = GC.GetTotalMemory(forceFullCollection: context.Request.Query.ContainsKey("collect"));
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(
                new SiloFacts(
                    drivers.Host,
                    drivers.Count,
                    heap,
                    GC.GetTotalAllocatedBytes(),
                    GC.GetTotalPauseDuration().TotalMilliseconds,
                    counter.Sent,
                    counter.Calls
                )
            )
        );
    }

    /// <summary>A bench that was killed leaves no silo behind.</summary>
    private static void EndWithStandardInput() =>
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
                // Nothing is ever said; only the end matters.
            }

            Environment.Exit(1);
        })
        {
            IsBackground = true,
        }.Start();

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>What a silo of the bench says of itself.</summary>
/// <param name="Host">As <c>driver-started</c> names it.</param>
/// <param name="Driven">Loops driven now.</param>
/// <param name="Heap">Bytes; live ones when it was asked to collect first.</param>
/// <param name="Allocated">Bytes since the start.</param>
/// <param name="PauseMs">In which collections had the process stopped, since the start.</param>
/// <param name="Sent">Messages sent to other processes since the start: calls, replies, probes, gossip.</param>
/// <param name="Calls">Calls that grains here got since the start, by interface and method.</param>
internal sealed record SiloFacts(
    string Host,
    int Driven,
    long Heap,
    long Allocated,
    double PauseMs,
    long Sent,
    IReadOnlyDictionary<string, long> Calls
);
