namespace LoopCluster.Client.Answers;

/// <summary>Answer of <c>GET /v1/models</c>: the names a spec may use.</summary>
public sealed record ModelList(IReadOnlyList<ModelItem> Models);

public sealed record ModelItem(string Name, string? Family, int Window, int MaxTokens, ModelPriceItem Price);

/// <summary>A million tokens.</summary>
public sealed record ModelPriceItem(decimal In, decimal Out, decimal Cached);
