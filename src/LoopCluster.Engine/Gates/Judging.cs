using System.Collections.Immutable;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// How far the judges of a tree are. Finished votes stay whatever happens to the driver; only the running answer is asked anew.
/// </summary>
public sealed record Judging
{
    public required JudgeBriefed Brief { get; init; }

    /// <summary>
    /// Hash of the entry before the brief. It holds times and results that nobody knew while the change was made: what is made of it
    /// cannot stand in the change.
    /// </summary>
    public required LedgerHash Seed { get; init; }

    /// <summary>Finished votes, over all judge gates, in order.</summary>
    public ImmutableList<JudgeVote> Votes { get; init; } = [];

    /// <summary>Of the running vote: the parts that were approved.</summary>
    public ImmutableList<JudgeAnswered> Parts { get; init; } = [];

    /// <summary>Why the running part's first answer could not be used; null while it has none.</summary>
    public string? Fault { get; init; }

    /// <summary>Calls of tools in the running part.</summary>
    public int Reads { get; init; }

    /// <summary>A reply that is not read yet.</summary>
    public JudgeReply? Reply { get; init; }

    /// <summary>The material as it was last shared out; follows from the rest.</summary>
    internal JudgeMaterial? Material { get; set; }
}

/// <param name="Model">Name of the binding that answered.</param>
public sealed record JudgeReply(string Agent, string Model, string Text, ReplyFinish Finish, int Calls);
