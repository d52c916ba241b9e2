using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FunctionalTests.Support;

/// <summary>A host over some store. Disposing parks what it drives; the same setup opened again finds everything as it was.</summary>
public interface IRunningHost : IAsyncDisposable
{
    ILoopHost Host { get; }
}

/// <param name="Directory">Where the host keeps what outlives it.</param>
/// <param name="Sandbox">Stands in for containers.</param>
public sealed record HostSetup(string Directory, ISandbox Sandbox, ModelCatalog Models, TimeProvider Time);
