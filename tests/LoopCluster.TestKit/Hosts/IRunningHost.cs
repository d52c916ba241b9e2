using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.TestKit.Hosts;

/// <summary>A host over some store. Disposing parks what it drives; the same setup opened again finds everything as it was.</summary>
public interface IRunningHost : IAsyncDisposable
{
    ILoopHost Host { get; }

    /// <summary>Of its loops.</summary>
    IBlobStore Blobs { get; }
}

/// <param name="Directory">Where the host keeps what outlives it.</param>
/// <param name="Sandbox">Stands in for containers.</param>
public sealed record HostSetup(string Directory, ISandbox Sandbox, ModelCatalog Models, TimeProvider Time)
{
    /// <summary>When given, the host tries parked loops again after so long.</summary>
    public TimeSpan? ParkedPeriod { get; init; }

    /// <summary>Configuration of the host.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Registers parts that stand in for the usual ones.</summary>
    public Action<IServiceCollection> Configure { get; init; } = _ => { };
}
