namespace LoopCluster.Engine.Events;

/// <summary>Upper bound held back before a call: tokens of prompt and reply, and their cost.</summary>
public sealed record Reservation(long TokensIn, long TokensOut, decimal Cost);

/// <summary>
/// Tokens as the endpoint billed them. <paramref name="Cached"/> is the part of <paramref name="In"/> served from its cache.
/// </summary>
public sealed record Usage(long In, long Out, long Cached = 0);

/// <summary>The intent to send one HTTP request to a model. Each try is its own intent with its own reservation.</summary>
public sealed record ModelRequested : LoopEvent
{
    /// <summary>Who asks.</summary>
    public required string Agent { get; init; }

    /// <summary>Name of the <see cref="ModelBinding"/>.</summary>
    public required string Model { get; init; }

    /// <summary>The tier the model has for this agent.</summary>
    public required string Tier { get; init; }

    /// <summary>Why this model.</summary>
    public required Routing.RouteCause Cause { get; init; }

    public required int Attempt { get; init; }

    /// <summary>
    /// Position of a script: replies this agent got so far in this loop, over all attempts, plus those passed over
    /// (<see cref="ModelReplied.Skipped"/>). Where it may be answered by several models: replies of this one.
    /// </summary>
    public required int Turn { get; init; }

    /// <summary>1 for the first try of this turn.</summary>
    public required int Try { get; init; }

    /// <summary>SHA-256 of the exact request bytes.</summary>
    public required string RequestHash { get; init; }

    public required int RequestBytes { get; init; }

    public required int MaxTokens { get; init; }

    public required Reservation Reserved { get; init; }

    /// <summary>Characters of one text, where all were cut down to make the request fit; null where the conversation is whole.</summary>
    public int? Clipped { get; init; }
}

/// <summary>The reply, with the tool calls it asks for in order.</summary>
public sealed record ModelReplied : LoopEvent
{
    public string Text { get; init; } = "";

    public IReadOnlyList<ToolCall> Tools { get; init; } = [];

    public required ReplyFinish Finish { get; init; }

    /// <summary>As billed; the reservation when the reply named none that can be true (<see cref="Assumed"/>).</summary>
    public required Usage Usage { get; init; }

    /// <summary>What the reply named and cannot be true; null when it named nothing, or what it named counts.</summary>
    public Usage? Told { get; init; }

    public bool Assumed { get; init; }

    public required decimal Cost { get; init; }

    public long DurationMs { get; init; }

    /// <summary>Replies of a script that were passed over because they did not fit; 0 for any other model.</summary>
    public int Skipped { get; init; }

    /// <summary>
    /// Blob of what the message carried beyond the reference (a thought, its signature, a provider's fields): a JSON object.
    /// </summary>
    public BlobRef? Extra { get; init; }

    /// <summary>The content of <see cref="Extra"/>, when it is at hand: not in the ledger.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? ExtraJson { get; init; }

    /// <summary>The replica that was asked, and why; null where the endpoint has none.</summary>
    public Routing.ReplicaChoice? Replica { get; init; }
}

/// <summary><paramref name="Arguments"/> is the JSON text as the model wrote it, valid or not.</summary>
public sealed record ToolCall(string Id, string Name, string Arguments);

[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<ReplyFinish>))]
public enum ReplyFinish
{
    [System.Text.Json.Serialization.JsonStringEnumMemberName("stop")]
    Stop,

    [System.Text.Json.Serialization.JsonStringEnumMemberName("tool_calls")]
    ToolCalls,

    [System.Text.Json.Serialization.JsonStringEnumMemberName("length")]
    Length,

    [System.Text.Json.Serialization.JsonStringEnumMemberName("content_filter")]
    ContentFilter,
}

/// <summary>One try brought no reply. What it may have cost is settled at <see cref="Usage"/>.</summary>
public sealed record ModelFailed : LoopEvent
{
    public required ModelFailureKind Kind { get; init; }

    public required string Message { get; init; }

    public required Usage Usage { get; init; }

    public required decimal Cost { get; init; }

    /// <summary>True when the server may have served the request: the full reservation is settled.</summary>
    public bool Assumed { get; init; }

    /// <summary>Milliseconds the endpoint asked to wait (<c>Retry-After</c>).</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>The parameter a refusal named: what the loop learns of it is the engine's rule.</summary>
    public Specs.RejectedParameter? Rejected { get; init; }

    /// <summary>The replica that was asked, and why; null where the endpoint has none.</summary>
    public Routing.ReplicaChoice? Replica { get; init; }
}

[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<ModelFailureKind>))]
public enum ModelFailureKind
{
    /// <summary>429: not served, not billed.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("rate-limited")]
    RateLimited,

    /// <summary>5xx: perhaps served.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("server-error")]
    ServerError,

    /// <summary>No answer in time: perhaps served.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("timeout")]
    Timeout,

    /// <summary>No connection was made: not served.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("unreachable")]
    Unreachable,

    /// <summary>The connection broke, or the reply cannot be read: perhaps served.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("broken-reply")]
    BrokenReply,

    /// <summary>The prompt is over the window: not served; the next request is built smaller.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("context-length")]
    ContextLength,

    /// <summary>Refused for good (401, 403, 404, 400): trying again cannot help.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>The driver that asked is gone, or the call was cut off: perhaps served.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("aborted")]
    Aborted,

    /// <summary>A model that is being loaded or has too much to do, a proxy without it: not served, a time later it will be.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("overloaded")]
    Overloaded,

    /// <summary>Not sent: its endpoint failed too often just now for any loop here, and is left alone for a while.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("circuit-open")]
    CircuitOpen,
}
