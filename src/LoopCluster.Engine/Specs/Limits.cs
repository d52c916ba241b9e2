namespace LoopCluster.Engine.Specs;

/// <summary>Ceilings of one loop. Spend never passes them.</summary>
public sealed record BudgetLimits
{
    /// <summary>Default: 10.</summary>
    public int Attempts { get; init; } = 10;

    /// <summary>Model replies over all attempts. Default: 200.</summary>
    public int Turns { get; init; } = 200;

    /// <summary>Input and output tokens together. Default: 2,000,000.</summary>
    public long Tokens { get; init; } = 2_000_000;

    /// <summary>In the currency of the prices in models.yaml. Default: no ceiling.</summary>
    public decimal? Cost { get; init; }

    /// <summary>Seconds of sandbox time, tool calls and gates together. Default: 3,600.</summary>
    public double SandboxSeconds { get; init; } = 3600;

    /// <summary>Driven time; it stands still while a person or a queue is waited for. Default: 1h.</summary>
    public Duration Deadline { get; init; } = Duration.FromMinutes(60);
}

/// <summary>Limits of each throwaway container.</summary>
public sealed record SandboxLimits
{
    /// <summary>Bytes of memory, swap included. Default: 1 GiB.</summary>
    public long Memory { get; init; } = 1L << 30;

    /// <summary>Default: 1.</summary>
    public double Cpus { get; init; } = 1;

    /// <summary>Processes and threads. Default: 256.</summary>
    public int Pids { get; init; } = 256;

    /// <summary>Of one tool call. Default: 120s.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(120);

    /// <summary><c>host:port</c> destinations tool calls may reach. Default: none.</summary>
    public IReadOnlyList<string> Egress { get; init; } = [];
}

/// <summary>When a loop counts as stuck.</summary>
public sealed record StuckLimits
{
    /// <summary>The same action with the same observation, in a row. Default: 4.</summary>
    public int SameAction { get; init; } = 4;

    /// <summary>Attempts in a row that fail with the same error signature. Default: 3.</summary>
    public int SameError { get; init; } = 3;

    /// <summary>Steps in a row that alternate between two states. Default: 6.</summary>
    public int Alternating { get; init; } = 6;
}
