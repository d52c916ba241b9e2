using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Explore;

/// <summary>How far the explorer is with a question.</summary>
public sealed record Exploration
{
    public required ExplorationStarted Started { get; init; }

    /// <summary>Calls of tools so far.</summary>
    public int Reads { get; init; }

    /// <summary>Why its first answer could not be used; null while it has none.</summary>
    public string? Fault { get; init; }

    /// <summary>A reply that is not read yet.</summary>
    public ExplorerReply? Reply { get; init; }

    /// <summary>What the maker is told next.</summary>
    public ExplorerAnswered? Answered { get; init; }
}

public sealed record ExplorerReply(string Text, ReplyFinish Finish, int Calls);
