using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Ports;

/// <summary>Runs commands in throwaway containers. One call, one container; the call is over when the container is gone.</summary>
public interface ISandbox
{
    /// <summary>The most a spec may ask of it. Asked before anything of the loop is made.</summary>
    SandboxCaps Caps { get; }

    /// <summary>Driver and engine in words, for a person. Asks the engine when that has not happened yet.</summary>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>sandbox-unavailable</c>, with what to do.</exception>
    ValueTask<string> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>The id of the image, after a check that the engine answers.</summary>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>sandbox-unavailable</c>, <c>image-missing</c> or
    /// <c>image-digest-mismatch</c>, with what to do.</exception>
    ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a container for a call of this shape that will come soon. Never throws; a failure only means that the call starts cold.
    /// At most one is kept for an owner; one of another shape is removed.
    /// </summary>
    void Prewarm(SandboxOwner owner, SandboxShape shape);

    /// <summary>
    /// Runs one command. It is over when the container is gone and nothing can write to the mounts any more, also when cancelled.
    /// </summary>
    /// <exception cref="Engine.Errors.InfrastructureException">The engine, not the command, failed.</exception>
    ValueTask<SandboxResult> RunAsync(SandboxOwner owner, SandboxShape shape, SandboxCall call, CancellationToken cancellationToken);

    /// <summary>Removes what is prepared or still running for a loop and returns when it is gone.</summary>
    ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken);
}

/// <summary>Who a container belongs to; becomes its labels.</summary>
public sealed record SandboxOwner(LoopId Loop, int Epoch, string Tenant);

/// <summary>What must be known before the container starts. Two equal shapes may share a prepared container.</summary>
public sealed record SandboxShape
{
    /// <summary>Id from <see cref="ISandbox.ResolveImageAsync"/>.</summary>
    public required string ImageId { get; init; }

    /// <summary>Host directory mounted at <c>/workspace</c>, writable.</summary>
    public required string WorkspaceDirectory { get; init; }

    public required SandboxLimits Limits { get; init; }

    /// <summary><c>host:port</c> destinations it may reach; empty means no network.</summary>
    public IReadOnlyList<string> Egress { get; init; } = [];

    /// <summary>
    /// Where the spec with these destinations came from: decides which addresses their names may have. Null counts as the network.
    /// </summary>
    public SpecSource? Source { get; init; }

    public bool Equals(SandboxShape? other) =>
        other is not null
        && ImageId == other.ImageId
        && WorkspaceDirectory == other.WorkspaceDirectory
        && Limits.Memory == other.Limits.Memory
        && Limits.Cpus.Equals(other.Limits.Cpus)
        && Limits.Pids == other.Limits.Pids
        && Egress.SequenceEqual(other.Egress)
        && Source == other.Source;

    public override int GetHashCode() => HashCode.Combine(ImageId, WorkspaceDirectory);
}

/// <summary>One command.</summary>
public sealed record SandboxCall
{
    /// <summary>Run by <c>/bin/sh -c</c> in <c>/workspace</c>.</summary>
    public required string Command { get; init; }

    public ReadOnlyMemory<byte> Stdin { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public required TimeSpan Timeout { get; init; }

    /// <summary>Bytes of output kept: the first half and the last half of it. The rest is counted and dropped. Default: 8 MiB.</summary>
    public int OutputLimit { get; init; } = 8 * 1024 * 1024;
}

public sealed record SandboxResult
{
    public required SandboxOutcome Outcome { get; init; }

    /// <summary>Of the command when it exited; 128 + signal when a signal ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Standard output and error as they came, with one line in the middle that says how much was dropped, if any was.</summary>
    public required ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>Bytes the command wrote, dropped ones included.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>From the call's arrival to the container gone.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The outcome as the ledger knows it.</summary>
    public RunEnd End =>
        Outcome switch
        {
            SandboxOutcome.Exited => RunEnd.Exited,
            SandboxOutcome.TimedOut => RunEnd.TimedOut,
            SandboxOutcome.OutOfMemory => RunEnd.OutOfMemory,
            _ => RunEnd.CutOff,
        };
}

public enum SandboxOutcome
{
    /// <summary>The command ended by itself or by a signal of its own.</summary>
    Exited,

    /// <summary>Killed at its deadline.</summary>
    TimedOut,

    /// <summary>Killed because it passed its memory limit.</summary>
    OutOfMemory,

    /// <summary>Killed because the call was cancelled.</summary>
    Cancelled,
}
