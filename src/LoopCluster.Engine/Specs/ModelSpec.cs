namespace LoopCluster.Engine.Specs;

/// <summary>
/// The model of one role as the spec names it: exactly one of <see cref="ScriptPath"/>, <see cref="Script"/>, <see cref="Name"/> and
/// <see cref="Url"/> is set.
/// </summary>
public sealed record ModelSpec
{
    /// <summary><c>script:PATH</c>, made absolute.</summary>
    public string? ScriptPath { get; init; }

    /// <summary>An inline script, as JSON text.</summary>
    public string? Script { get; init; }

    /// <summary>A name in the models file.</summary>
    public string? Name { get; init; }

    /// <summary>Base URL of an OpenAI-compatible endpoint, up to and without <c>/chat/completions</c>.</summary>
    public string? Url { get; init; }

    /// <summary>Base URLs of several servers with the model, in place of <see cref="Url"/>; the first stands there as well.</summary>
    public IReadOnlyList<string>? Replicas { get; init; }

    /// <summary>Model id sent to the endpoint.</summary>
    public string? Model { get; init; }

    /// <summary>Name of the environment variable that holds the key.</summary>
    public string? KeyEnv { get; init; }

    /// <summary>Context window in tokens, prompt and reply together.</summary>
    public int? Window { get; init; }

    /// <summary>Most tokens of one reply.</summary>
    public int? MaxTokens { get; init; }

    public ModelPrice? Price { get; init; }

    public string? Family { get; init; }

    public int? Concurrency { get; init; }

    /// <summary>Ask for server-sent events.</summary>
    public bool? Stream { get; init; }

    public ModelDialect? Dialect { get; init; }
}

/// <summary>Price of a million tokens.</summary>
public sealed record ModelPrice
{
    public decimal In { get; init; }

    public decimal Out { get; init; }

    /// <summary>Of prompt tokens served from the endpoint's cache. Default: the price of <see cref="In"/>.</summary>
    public decimal? Cached { get; init; }
}
