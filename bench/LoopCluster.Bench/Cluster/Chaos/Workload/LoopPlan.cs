using System.Text.Json.Nodes;

namespace LoopCluster.Bench.Cluster.Chaos.Workload;

/// <summary>
/// One loop of a run: what is asked of the cluster, what its model says, and how it must end. All of it follows from seed and number.
/// </summary>
internal sealed record LoopPlan
{
    public required int Number { get; init; }

    public required Ending Ending { get; init; }

    /// <summary>Real containers, or commands without a process.</summary>
    public required bool Containers { get; init; }

    /// <summary>Served by the run's model server, which bills it; else the script is in the spec.</summary>
    public required bool Billed { get; init; }

    /// <summary>Messages sent while it runs.</summary>
    public required int Messages { get; init; }

    /// <summary>One of its calls waits for a person, who allows it.</summary>
    public required bool Asks { get; init; }

    /// <summary>Once it has ended a fork is made from the middle of it, which must end the same.</summary>
    public required bool Forked { get; init; }

    /// <summary>Tokens it may use.</summary>
    public required long Tokens { get; init; }

    /// <summary>As sent to the API.</summary>
    public required JsonObject Spec { get; init; }

    /// <summary>What the model says, turn by turn.</summary>
    public required IReadOnlyList<PlannedReply> Replies { get; init; }

    /// <summary>Git's name of the tree a verified loop ends with.</summary>
    public required string Tree { get; init; }
}

internal enum Ending
{
    Verified,
    Cancelled,
    BudgetExhausted,
}

internal sealed record PlannedReply(string Text, IReadOnlyList<PlannedCall> Calls);

/// <param name="Arguments">JSON text.</param>
internal sealed record PlannedCall(string Name, string Arguments);
