namespace LoopCluster.TestKit.Telemetry;

/// <param name="Kind">As the protocol numbers them: 1 internal, 2 server, 3 client.</param>
/// <param name="Parent">Span id, or "" for a root.</param>
/// <param name="Links">Span ids.</param>
/// <param name="Error">The status' message; null when the status is no error.</param>
public sealed record ReceivedSpan(
    string Service,
    string Scope,
    string Trace,
    string Id,
    string Parent,
    string Name,
    int Kind,
    TimeSpan Duration,
    long StartNanos,
    IReadOnlyDictionary<string, object> Tags,
    IReadOnlyList<string> Links,
    string? Error
);

/// <param name="Tags">Of all its points.</param>
public sealed record ReceivedMetric(
    string Service,
    string Scope,
    string Name,
    string Unit,
    IReadOnlyList<IReadOnlyDictionary<string, object>> Tags
);

public sealed record ReceivedLog(
    string Service,
    string Category,
    string Severity,
    string Body,
    string Trace,
    IReadOnlyDictionary<string, object> Tags
);
