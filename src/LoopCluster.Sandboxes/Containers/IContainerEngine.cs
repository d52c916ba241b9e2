using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Ownership;

namespace LoopCluster.Sandboxes.Containers;

/// <summary>An engine that has answered. Safe for concurrent use.</summary>
internal interface IContainerEngine : IDisposable
{
    /// <summary>How it is reached and what it is, in words.</summary>
    string Description { get; }

    /// <summary>A container's root is this process's own user, so that user's id inside would be somebody else.</summary>
    bool MapsOwnUserToRoot { get; }

    /// <exception cref="InfrastructureException"><c>image-missing</c>, <c>image-digest-mismatch</c> or
    /// <c>sandbox-unavailable</c>.</exception>
    Task<string> ResolveImageAsync(string image, CancellationToken cancellationToken);

    /// <summary>
    /// Begins to create, attach to and start a container; returns at once. What goes wrong is told by the container's end.
    /// </summary>
    SandboxContainer Start(ContainerPlan plan, IDisposable? egress);

    /// <summary>Removes a container by force, whatever its state, and looks for it.</summary>
    /// <returns>Null when the engine knows no such container (any more); else what it said.</returns>
    Task<string?> TryRemoveAsync(string name);

    /// <summary>Every container with an owner label, ended ones included.</summary>
    Task<IReadOnlyList<Leftover>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Asks the engine's recent events whether the kernel killed for memory in the container.</summary>
    Task<bool> RanOutOfMemoryAsync(string name, DateTimeOffset since, DateTimeOffset until);

    /// <summary>
    /// Runs a shell script in an image as nobody in particular, as confined as a command but for <see cref="ToolLimits"/>, without network
    /// or mounts, gone afterwards.
    /// </summary>
    /// <param name="seccomp">Path of the seccomp profile.</param>
    Task<ToolRun> RunToolAsync(
        string image,
        string script,
        string seccomp,
        ReadOnlyMemory<byte> input,
        TimeSpan timeout,
        CancellationToken cancellationToken
    );
}

/// <param name="Output">Standard output.</param>
/// <param name="Fault">Why it failed; null when it exited with 0.</param>
internal sealed record ToolRun(byte[] Output, string? Fault);
