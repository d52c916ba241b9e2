using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Specs;

/// <summary>Rules for tool calls. The strictest matching rule wins; a call that no rule matches is denied.</summary>
public sealed record PolicySpec
{
    public IReadOnlyList<PolicyRule> Rules { get; init; } = [];
}

public sealed record PolicyRule
{
    /// <summary>Tool name or glob.</summary>
    public required string Tool { get; init; }

    /// <summary>Regular expressions by argument; all must match. A missing argument does not match.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    public required PolicyEffect Effect { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<PolicyEffect>))]
public enum PolicyEffect
{
    [JsonStringEnumMemberName("allow")]
    Allow,

    [JsonStringEnumMemberName("ask")]
    Ask,

    [JsonStringEnumMemberName("deny")]
    Deny,
}
