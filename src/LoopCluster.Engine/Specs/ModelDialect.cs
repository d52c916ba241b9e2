using System.Text.Json;

namespace LoopCluster.Engine.Specs;

/// <summary>How a model wants to be asked where endpoints differ. What is null is as the reference has it, or not sent.</summary>
public sealed record ModelDialect
{
    public static readonly ModelDialect Reference = new();

    /// <summary>Name of the limit of reply tokens. Default: <c>max_tokens</c>.</summary>
    public string? MaxTokensField { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public string? ReasoningEffort { get; init; }

    /// <summary><c>auto</c> or <c>required</c>.</summary>
    public string? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    /// <summary><c>system</c>, <c>developer</c>, or <c>user</c>: then it is joined to the first message. Default: <c>system</c>.</summary>
    public string? SystemRole { get; init; }

    /// <summary>Whether a stream is asked for its usage (<c>stream_options</c>). Default: true.</summary>
    public bool? StreamUsage { get; init; }

    /// <summary>Whether what a reply carried beyond the reference goes back with the history. Default: true.</summary>
    public bool? Extras { get; init; }

    /// <summary>Further members of every request.</summary>
    public JsonElement? ExtraBody { get; init; }

    /// <summary>Further headers of every request.</summary>
    public IReadOnlyDictionary<string, HeaderSource>? ExtraHeaders { get; init; }

    /// <summary>Names of the environment variables its headers are read from.</summary>
    public IEnumerable<string> HeaderVariables() => ExtraHeaders?.Values.Select(h => h.Env).OfType<string>() ?? [];
}

/// <summary>A header's value: given, or read from an environment variable when a request is sent. Exactly one is set.</summary>
public sealed record HeaderSource(string? Value = null, string? Env = null);

/// <summary>A parameter that an endpoint refused, and the one it named instead, from the words of its refusal.</summary>
public sealed record RejectedParameter(string Name, string? Wanted = null);
