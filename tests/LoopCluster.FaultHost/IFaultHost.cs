using LoopCluster.FaultHost.Faults;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost;

/// <summary>A host of this process whose every port is witnessed and may fail.</summary>
internal interface IFaultHost : IAsyncDisposable
{
    ILoopHost Host { get; }

    WritePoints Points { get; }

    /// <summary>Waits until nothing is driven here any more.</summary>
    Task IdleAsync();
}
