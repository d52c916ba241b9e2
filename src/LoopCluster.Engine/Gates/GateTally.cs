using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Gates;

/// <summary>What a loop has seen of one of its gates, in numbers: its part of the gate's record.</summary>
public sealed record GateTally
{
    public static readonly GateTally None = new();

    /// <summary>Runs on changes that came to a verdict.</summary>
    public int Runs { get; init; }

    /// <summary>Of <see cref="Runs"/>, those that passed.</summary>
    public int Passed { get; init; }

    /// <summary>Of <see cref="Runs"/>, those that did not.</summary>
    public int Failed { get; init; }

    /// <summary>Trees on which it was both red and green.</summary>
    public int Flakes { get; init; }

    /// <summary>The tree of a change that it ran on last, and how often it was red and green there.</summary>
    public string Tree { get; init; } = "";

    public int Reds { get; init; }

    public int Greens { get; init; }

    public int BaseRuns { get; init; }

    public int BaseReds { get; init; }

    public int BaseGreens { get; init; }

    /// <summary>Runs that tested the gate itself, and of these such as it stayed green in.</summary>
    public int Probes { get; init; }

    public int Fooled { get; init; }

    /// <summary>Sandbox time of base and changes, and of the runs that tested the gate itself.</summary>
    public double Seconds { get; init; }

    public double ProbeSeconds { get; init; }

    /// <summary>On the newest tree it was both red and green.</summary>
    public bool IsFlakyOn(string tree) => Tree == tree && Reds > 0 && Greens > 0;

    /// <summary>On the base it was both red and green: no change brought that.</summary>
    public bool IsFlakyOnBase => BaseReds > 0 && BaseGreens > 0;

    /// <summary>With one run more; none that was cut off or could not be had.</summary>
    public GateTally With(GateCompleted run)
    {
        var (red, green) = run.Outcome switch
        {
            GateOutcome.Passed => (0, 1),
            GateOutcome.Failed or GateOutcome.Timeout or GateOutcome.OutOfMemory or GateOutcome.NoEvidence or GateOutcome.FewerTests => (
                1,
                0
            ),
            _ => (0, 0),
        };
        return run.Phase switch
        {
            GatePhase.Baseline => this with
            {
                BaseRuns = BaseRuns + 1,
                BaseReds = BaseReds + red,
                BaseGreens = BaseGreens + green,
                Seconds = Seconds + run.SandboxSeconds,
            },
            GatePhase.Verify => OnChange(run, red, green),
            _ when run.Outcome == GateOutcome.NotProbed => this,
            _ => this with
            {
                Probes = Probes + 1,
                Fooled = Fooled + (ProbeText.IsAsItShould(run) ? 0 : 1),
                ProbeSeconds = ProbeSeconds + run.SandboxSeconds,
            },
        };
    }

    private GateTally OnChange(GateCompleted run, int red, int green)
    {
        var here = Tree == run.Tree ? this : this with { Tree = run.Tree, Reds = 0, Greens = 0 };
        var was = here.IsFlakyOn(run.Tree);
        here = here with
        {
            Runs = Runs + 1,
            Passed = Passed + green,
            Failed = Failed + 1 - green,
            Reds = here.Reds + red,
            Greens = here.Greens + green,
            Seconds = Seconds + run.SandboxSeconds,
        };
        return here with { Flakes = Flakes + (!was && here.IsFlakyOn(run.Tree) ? 1 : 0) };
    }
}
