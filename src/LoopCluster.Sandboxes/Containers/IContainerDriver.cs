using LoopCluster.Engine.Errors;

namespace LoopCluster.Sandboxes.Containers;

/// <summary>A way to reach a container engine. What is done with the engine is <see cref="ContainerSandbox"/>'s.</summary>
internal interface IContainerDriver
{
    /// <summary>The value of <see cref="SandboxOptions.Driver"/> that asks for it.</summary>
    string Name { get; }

    SandboxOptions Options { get; }

    /// <summary>Settings that only this driver has are set, so no other one stands in for it.</summary>
    bool IsMeant { get; }

    /// <summary>Finds the engine and asks it something. Nothing is started.</summary>
    /// <exception cref="InfrastructureException"><c>sandbox-unavailable</c>: none is there or none answers; the message says what to
    /// do.</exception>
    Task<IContainerEngine> ConnectAsync(CancellationToken cancellationToken);
}
