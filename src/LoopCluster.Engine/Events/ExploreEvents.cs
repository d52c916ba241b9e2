namespace LoopCluster.Engine.Events;

/// <summary>
/// The explorer is asked something. It changes nothing: what is unfinished when a driver dies goes on where it was, its last request
/// settled and asked anew.
/// </summary>
public sealed record ExplorationStarted : LoopEvent
{
    public required string Question { get; init; }

    /// <summary>Tree it looks at.</summary>
    public required string Tree { get; init; }

    /// <summary>The maker's call that asks; null where the loop itself does, before the first attempt.</summary>
    public string? Call { get; init; }

    /// <summary>The policy's rule that allowed the call.</summary>
    public string? Rule { get; init; }

    /// <summary>The entry that asked a person who then allowed it; null where nobody was asked.</summary>
    public long? Approval { get; init; }
}

/// <summary>The explorer looked at a file, or was told why it cannot. Only its own conversation has it.</summary>
public sealed record ExplorerRead : LoopEvent
{
    /// <summary>Id of the <see cref="ToolCall"/>.</summary>
    public required string Call { get; init; }

    public required string Tool { get; init; }

    public required ToolOutcome Outcome { get; init; }

    public required OutputText Output { get; init; }
}

/// <summary>The explorer's reply, read.</summary>
public sealed record ExplorerAnswered : LoopEvent
{
    /// <summary>1, and 2 after an answer that could not be used.</summary>
    public required int Try { get; init; }

    /// <summary>Why the answer cannot be used; null when it can.</summary>
    public string? Fault { get; init; }

    public string Answer { get; init; } = "";

    /// <summary>Where the answer rests on, each seen to be there.</summary>
    public IReadOnlyList<ExploredPlace> Places { get; init; } = [];

    /// <summary>The files it cites, with what was seen of them.</summary>
    public IReadOnlyList<CitedFile> Cited { get; init; } = [];
}

/// <param name="Line">From 1.</param>
public sealed record ExploredPlace(string Path, int Line, string Note);
