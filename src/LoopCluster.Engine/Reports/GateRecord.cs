namespace LoopCluster.Engine.Reports;

/// <summary>What a gate is worth, as far as its loops have shown.</summary>
public sealed record GateRecord
{
    public required string Tenant { get; init; }

    public required string Name { get; init; }

    /// <summary><c>command</c> or <c>judge</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The command; null for a judge's. The same name with another command is another gate.</summary>
    public string? Run { get; init; }

    /// <summary>Loops that have it.</summary>
    public int Loops { get; init; }

    /// <summary>Of these, verified ones.</summary>
    public int Verified { get; init; }

    /// <summary>Runs on changes that came to a verdict.</summary>
    public int Runs { get; init; }

    public int Passed { get; init; }

    public int Failed { get; init; }

    /// <summary>Trees on which it was both red and green.</summary>
    public int Flakes { get; init; }

    /// <summary>Loops in which it was flaky on the base.</summary>
    public int FlakyOnBase { get; init; }

    /// <summary>Runs that tested the gate itself, and of these such as it stayed green in.</summary>
    public int Probes { get; init; }

    public int Fooled { get; init; }

    public required GateRecordStrength Strength { get; init; }

    /// <summary>Verified loops that a person looked at, and of these such as should not have passed.</summary>
    public int Reviewed { get; init; }

    public int FalsePasses { get; init; }

    /// <summary>Sandbox time of its runs, and of those that tested it.</summary>
    public double Seconds { get; init; }

    public double ProbeSeconds { get; init; }

    /// <summary>What speaks against it, in words; null for nothing.</summary>
    public string? Warning { get; init; }
}

/// <summary>By how many loops showed it on the change they ended with.</summary>
/// <param name="CanarySeen">Red, with our checks in its output.</param>
/// <param name="CanaryRed">Red.</param>
/// <param name="CanaryGreen">Green: it was fooled.</param>
/// <param name="CanaryNone">No canary is known for it.</param>
/// <param name="Noticed">Parts of changes whose loss was noticed.</param>
/// <param name="Tried">Parts of changes that were taken back.</param>
public sealed record GateRecordStrength(int CanarySeen, int CanaryRed, int CanaryGreen, int CanaryNone, int Noticed, int Tried);
