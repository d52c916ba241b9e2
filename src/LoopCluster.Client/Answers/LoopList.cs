using LoopCluster.Engine.Loops;

namespace LoopCluster.Client.Answers;

/// <summary>Answer of <c>GET /v1/loops</c>: newest first.</summary>
/// <param name="Next">Cursor of the next page; null when this was the last.</param>
public sealed record LoopList(IReadOnlyList<LoopListItem> Loops, string? Next);

/// <summary>What a list shows of a loop.</summary>
public sealed record LoopListItem(
    string Id,
    LoopStatus Status,
    LoopStage Stage,
    int Attempt,
    int Turns,
    decimal Cost,
    DateTimeOffset Created,
    DateTimeOffset Updated
)
{
    /// <summary>
    /// What it waits for: an answer of a person (<c>tool</c>, <c>change</c>), an outage's end (<c>model</c>, <c>sandbox</c>, <c>gate</c>),
    /// the end of a pause (<c>person</c>).
    /// </summary>
    public string? WaitingFor { get; init; }

    public DateTimeOffset? WaitingSince { get; init; }

    public DateTimeOffset? NextTry { get; init; }

    /// <summary>Who drives it or did last.</summary>
    public string? Host { get; init; }

    public string? Goal { get; init; }

    /// <summary>Why nobody can tell how it stands: its ledger is damaged.</summary>
    public string? Damage { get; init; }
}
