namespace LoopCluster.Client.Answers;

/// <summary>Answer of <c>GET /v1/models</c>: the names a spec may use.</summary>
public sealed record ModelList(IReadOnlyList<ModelItem> Models)
{
    /// <summary>By name the models that may stand in for each other; a spec may name one as it names a model.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Tiers { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The tiers that <c>model: auto</c> gives each role, the cheapest first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Agents { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

public sealed record ModelItem(string Name, string? Family, int Window, int MaxTokens, ModelPriceItem Price);

/// <summary>A million tokens.</summary>
public sealed record ModelPriceItem(decimal In, decimal Out, decimal Cached);
