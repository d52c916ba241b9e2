using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Events;

/// <summary>What a crash between intent and result means for an effect.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EffectClass>))]
public enum EffectClass
{
    /// <summary>Changes nothing: run again.</summary>
    [JsonStringEnumMemberName("pure")]
    Pure,

    /// <summary>Changes the workspace only: reset it to the last commit, run again.</summary>
    [JsonStringEnumMemberName("workspace")]
    Workspace,

    /// <summary>May have changed something outside: never repeated, the model is told the outcome is unknown.</summary>
    [JsonStringEnumMemberName("external")]
    External,
}

/// <summary>The intent to run one call of the last reply. The policy decided before, and the audit log holds its decision.</summary>
public sealed record ToolRequested : LoopEvent
{
    /// <summary>Id of the <see cref="ToolCall"/>.</summary>
    public required string Call { get; init; }

    public required string Tool { get; init; }

    public required EffectClass Class { get; init; }

    /// <summary>The rule that allowed it.</summary>
    public string? Rule { get; init; }

    /// <summary>The entry that asked a person who then allowed it; null where nobody was asked.</summary>
    public long? Approval { get; init; }

    /// <summary>Seconds of sandbox time held back; 0 for a tool that needs no sandbox.</summary>
    public double ReservedSeconds { get; init; }
}

public sealed record ToolCompleted : LoopEvent
{
    public required string Call { get; init; }

    public required string Tool { get; init; }

    public required ToolOutcome Outcome { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>What the model is told.</summary>
    public required OutputText Output { get; init; }

    /// <summary>Seconds of sandbox time used.</summary>
    public double SandboxSeconds { get; init; }

    /// <summary>The rule that denied it.</summary>
    public string? Rule { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<ToolOutcome>))]
public enum ToolOutcome
{
    /// <summary>It ran; for a command whatever its exit code.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>The call could not be carried out as asked (bad arguments, no such file): the model can mend it.</summary>
    [JsonStringEnumMemberName("error")]
    Error,

    /// <summary>The policy or a person refused it.</summary>
    [JsonStringEnumMemberName("denied")]
    Denied,

    [JsonStringEnumMemberName("timeout")]
    Timeout,

    [JsonStringEnumMemberName("out-of-memory")]
    OutOfMemory,

    /// <summary>The driver died after an external call began: it may or may not have happened.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,

    /// <summary>Cut off by cancel or deadline.</summary>
    [JsonStringEnumMemberName("aborted")]
    Aborted,
}

/// <summary>
/// Text a tool or gate produced. Up to 8 KiB it is here whole in <see cref="Text"/>; longer, the raw bytes are in <see cref="Blob"/> and
/// <see cref="Head"/> and <see cref="Tail"/> hold its ends. Bytes that are not UTF-8 become U+FFFD here, never in the blob.
/// </summary>
public sealed record OutputText
{
    public const int InlineLimit = 8 * 1024;

    /// <summary>Length of the raw output in bytes, including what a limit cut away.</summary>
    public required long Bytes { get; init; }

    public string? Text { get; init; }

    public BlobRef? Blob { get; init; }

    public string? Head { get; init; }

    public string? Tail { get; init; }

    public static OutputText Inline(string text) => new() { Bytes = System.Text.Encoding.UTF8.GetByteCount(text), Text = text };
}

/// <summary>The workspace changed; the pack that rebuilds this commit is durable under <see cref="Pack"/>.</summary>
public sealed record WorkspaceCommitted : LoopEvent
{
    public required string Commit { get; init; }

    public required string Tree { get; init; }

    public required string Parent { get; init; }

    public required BlobRef Pack { get; init; }

    /// <summary>Paths the change so far differs from the base in, sorted, the first 100.</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];

    /// <summary>Files that differ from the base.</summary>
    public int Files { get; init; }

    /// <summary>Lines added and removed against the base.</summary>
    public int Lines { get; init; }

    /// <summary>Paths that <c>changes</c> in the spec does not let the change touch, sorted, the first 100.</summary>
    public IReadOnlyList<string> Violations { get; init; } = [];

    /// <summary>Entries that were not taken (a <c>.git</c> at any depth, devices, sockets), with the reason.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];
}

public sealed record NoteKept(string Text) : LoopEvent;
