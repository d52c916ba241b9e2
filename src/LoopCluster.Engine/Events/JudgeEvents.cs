using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Events;

/// <summary>What judges are shown of a change. It is the same for all of them, and made once for a tree.</summary>
public sealed record JudgeBriefed : LoopEvent
{
    public const int InlineLimit = OutputText.InlineLimit;

    /// <summary>Tree of the change.</summary>
    public required string Tree { get; init; }

    /// <summary>The tree that is judged, and delivered: the one the other gates ran on.</summary>
    public required string GateTree { get; init; }

    /// <summary>The unified diff of base and <see cref="GateTree"/> as text, whole, known secrets redacted.</summary>
    public required BlobRef Diff { get; init; }

    /// <summary>Protected paths the change touched and that do not count.</summary>
    public IReadOnlyList<string> Restored { get; init; } = [];

    /// <summary>The content of <see cref="Diff"/> up to 8 KiB; longer ones are in the blob alone.</summary>
    public string? Text { get; init; }

    /// <summary>The content of <see cref="Diff"/>, when it is at hand: not in the ledger.</summary>
    [JsonIgnore]
    public string? Content { get; init; }
}

/// <summary>A judge looked at the judged tree, or was told why it cannot.</summary>
public sealed record JudgeRead : LoopEvent
{
    public required string Agent { get; init; }

    /// <summary>Id of the <see cref="ToolCall"/>.</summary>
    public required string Call { get; init; }

    public required string Tool { get; init; }

    public required ToolOutcome Outcome { get; init; }

    /// <summary>What the tool gave; it is shown as data, like the diff.</summary>
    public required OutputText Output { get; init; }
}

/// <summary>A judge's reply, read.</summary>
public sealed record JudgeAnswered : LoopEvent
{
    public required string Gate { get; init; }

    public required string Agent { get; init; }

    /// <summary>From 1: what does not fit the judge's window is judged in parts.</summary>
    public required int Part { get; init; }

    public required int Parts { get; init; }

    /// <summary>1, and 2 after an answer that could not be used.</summary>
    public required int Try { get; init; }

    public required JudgeVerdict Verdict { get; init; }

    /// <summary>Why the answer cannot be used; null when it can.</summary>
    public string? Fault { get; init; }

    public IReadOnlyList<JudgeEvidence> Evidence { get; init; } = [];

    public IReadOnlyList<JudgeFinding> Findings { get; init; } = [];

    /// <summary>The files it cites, with what was seen of them in the judged tree.</summary>
    public IReadOnlyList<CitedFile> Cited { get; init; } = [];
}

[JsonConverter(typeof(JsonStringEnumConverter<JudgeVerdict>))]
public enum JudgeVerdict
{
    [JsonStringEnumMemberName("approve")]
    Approve,

    [JsonStringEnumMemberName("reject")]
    Reject,

    /// <summary>The answer is none: as a vote it is a rejection.</summary>
    [JsonStringEnumMemberName("malformed")]
    Malformed,
}

/// <summary>A place that shows why.</summary>
/// <param name="Line">From 1.</param>
public sealed record JudgeEvidence(string Path, int Line, string Note);

/// <summary>A fault, in the judge's words.</summary>
/// <param name="Line">From 1.</param>
public sealed record JudgeFinding(string Path, int Line, JudgeSeverity Severity, string Message);

[JsonConverter(typeof(JsonStringEnumConverter<JudgeSeverity>))]
public enum JudgeSeverity
{
    [JsonStringEnumMemberName("high")]
    High,

    [JsonStringEnumMemberName("medium")]
    Medium,

    [JsonStringEnumMemberName("low")]
    Low,
}

/// <param name="Lines">Lines of the file; null when the tree has no such text file.</param>
public sealed record CitedFile(string Path, int? Lines = null);

/// <summary>A judge's vote on the whole change.</summary>
public sealed record JudgeVote
{
    public required string Agent { get; init; }

    public required string Perspective { get; init; }

    /// <summary>Name of the model that answered.</summary>
    public required string Model { get; init; }

    public string? Family { get; init; }

    public required JudgeVerdict Verdict { get; init; }

    /// <summary>Why its last answer could not be used.</summary>
    public string? Fault { get; init; }

    /// <summary>Parts in which the change was judged.</summary>
    public int Parts { get; init; } = 1;

    public IReadOnlyList<JudgeEvidence> Evidence { get; init; } = [];

    public IReadOnlyList<JudgeFinding> Findings { get; init; } = [];
}
