using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Gates;

/// <summary>What was seen of one run of a gate; <see cref="GateVerdict"/> says what it means.</summary>
public sealed record GateRun
{
    public required RunEnd End { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Whether the output shows the evidence of the gate; null when it asks for none or did not end by itself.</summary>
    public bool? Evidence { get; init; }

    /// <summary>The command names a file of the workspace that nobody has written yet.</summary>
    public bool Unwritten { get; init; }

    /// <summary>The tree it ran on; null for the start's.</summary>
    public string? GateTree { get; init; }

    public string ImageId { get; init; } = "";

    public required OutputText Output { get; init; }

    public IReadOnlyList<string> Restored { get; init; } = [];

    public IReadOnlyList<string> Steering { get; init; } = [];

    /// <summary>Paths of the change that steer gates, and that it was run with all the same: a person decides about them.</summary>
    public IReadOnlyList<string> Steers { get; init; } = [];

    /// <summary>Paths of the prepared layer that have no place in the tree, so that it was not run.</summary>
    public IReadOnlyList<string> Blocked { get; init; } = [];

    public IReadOnlyList<string> Scratch { get; init; } = [];

    public double SandboxSeconds { get; init; }

    public MissingTool? Missing { get; init; }

    /// <summary>How many tests ran; null when the output does not say.</summary>
    public int? Tests { get; init; }

    /// <summary>How many of them failed.</summary>
    public int? Failing { get; init; }

    /// <summary>How the tree was altered; null for a run on the change as it is.</summary>
    public GateProbe? Probe { get; init; }

    /// <summary>It was not run, or not to its end.</summary>
    public static GateRun Not(RunEnd end, string why, double seconds = 0) =>
        new()
        {
            End = end,
            Output = OutputText.Inline(why),
            SandboxSeconds = seconds,
        };
}
