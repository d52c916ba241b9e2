using LoopCluster.Bench.Cluster.Hosting.Sandboxes;
using LoopCluster.Bench.Cluster.Hosting.Witness;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Tools;
using LoopCluster.Sandboxes;
using LoopCluster.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Bench.Cluster.Hosting.Silos;

/// <summary>
/// The product's silo with a witness in front of ledger, models, tools and sandbox, and with the sandbox that needs no container beside the
/// real one.
/// </summary>
internal static class WitnessedSilo
{
    private static readonly (string Option, string Key)[] Settings =
    [
        ("--data", "LoopCluster:Silo:DataDirectory"),
        ("--keys", "LoopCluster:Silo:KeysDirectory"),
        ("--models", "LoopCluster:Silo:ModelsFile"),
        ("--url", "LoopCluster:Silo:Url"),
        ("--advertise", "LoopCluster:Silo:AdvertisedAddress"),
        ("--silo-port", "LoopCluster:Silo:SiloPort"),
        ("--gateway-port", "LoopCluster:Silo:GatewayPort"),
    ];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var given = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        using var witness = new WitnessLog(given["--witness"], tell: null, addressed: true);
        EndWithStandardInput();
        var settings = Settings
            .Where(setting => given.ContainsKey(setting.Option))
            .ToDictionary(setting => setting.Key, setting => (string?)given[setting.Option]);
        await SiloApplication.Create(settings, services => Stand(services, witness)).RunAsync().ConfigureAwait(false);
        return 0;
    }

    /// <summary>A run that was killed leaves no silo behind.</summary>
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

    private static void Stand(IServiceCollection services, WitnessLog witness)
    {
        services.AddRedisLedger();
        services.Decorate<ILoopLedger>(ledger => new WitnessedLedger(ledger, witness));
        services.AddLoopSandboxes();
        services.Decorate<ISandbox>(sandbox => new WitnessedSandbox(new SplitSandbox(sandbox), witness));
        services.AddOpenAIModels();
        services.AddSingleton(p => new ModelRouter(p.GetServices<IModelClient>().Select(client => new WitnessedModel(client, witness))));
        services.AddSingleton(new ToolRegistry(BuiltInTools.Create(TimeProvider.System).Select(tool => new WitnessedTool(tool, witness))));
    }

    private static void Decorate<T>(this IServiceCollection services, Func<T, T> decorate)
        where T : class
    {
        var inner = services.Last(service => service.ServiceType == typeof(T));
        services.Remove(inner);
        services.AddSingleton(p => decorate((T)inner.ImplementationFactory!(p)));
    }
}
