namespace LoopCluster.Engine.Context;

/// <summary>
/// How many tokens a conversation's prompt has at most. The endpoint said how many the last request had; what joined since is bounded by
/// <see cref="TokenDensity"/>. A turn's own tokens are the difference of two bills, so that it is known what goes with it when it is left
/// out.
/// </summary>
public sealed record PromptCount
{
    /// <summary>A bill below a token for so many bytes counts something else: what was not cached, or nothing.</summary>
    private const int MostBytesPerToken = 16;

    public static readonly PromptCount None = new();

    /// <summary>
    /// Tokens of all that <see cref="Items"/> cover and of goal, rules, tools and frontier, at most. Null before the attempt's first
    /// request.
    /// </summary>
    public long? Base { get; init; }

    /// <summary>Tokens of it for a frontier that took the place of the one that was billed, which is still counted.</summary>
    public long Told { get; init; }

    /// <summary><see cref="Base"/> is what the endpoint billed, and nothing was left out since.</summary>
    public bool Billed { get; init; }

    /// <summary>Items that <see cref="Base"/> covers. Their weight is with the reply that begins the turn.</summary>
    public int Items { get; init; }

    /// <summary>Weights of those items, at least: what is left of <see cref="Base"/> is goal, rules, tools and frontier, at most.</summary>
    public long Weight { get; init; }

    /// <summary>
    /// Tokens by which a bill fell although nothing was left out (a template that drops older thoughts): no weight may be trusted for them.
    /// </summary>
    public long Fallen { get; init; }

    /// <summary>Tokens at most of the items that came since, one by one in their <see cref="ConversationItem.Tokens"/>.</summary>
    public long Since { get; init; }

    /// <summary>The texts of those items.</summary>
    public TextKinds Texts { get; init; }

    /// <summary>Bytes of what stands around them.</summary>
    public long Around { get; init; }

    /// <summary>Bytes of a request beside the items.</summary>
    public long HeadBytes { get; init; }

    /// <summary>Binding whose endpoint counts.</summary>
    public string? Model { get; init; }

    public TokenDensity Density { get; init; } = TokenDensity.Unknown;

    /// <summary>Tokens of the next prompt at most; null while only its bytes bound it.</summary>
    public long? Prompt => Base is { } tokens ? tokens + Since : null;

    /// <summary>Tokens of goal, rules, tools and frontier at most.</summary>
    public long Head => Math.Max(0, (Base ?? 0) - Weight);

    /// <summary>A new attempt: other texts, the same tokenizer.</summary>
    internal PromptCount Restarted() => None with { Model = Model, Density = Density };

    /// <summary>Whether a bill can be the count of a request.</summary>
    internal bool Believes(long tokens, int bytes) =>
        tokens > 0 && tokens * MostBytesPerToken >= bytes && (!Billed || tokens >= Base - (Base / 4));

    internal PromptCount With(ConversationItem item, in TextKinds texts) =>
        this with
        {
            Since = Since + item.Tokens,
            Texts = Billed ? Texts + texts : default,
            Around = Around + item.Size - texts.Bytes,
        };

    /// <summary>So many of the first items are left out, with what they weigh.</summary>
    internal PromptCount Without(int items, long weight, long since) =>
        this with
        {
            // What a bill fell by may have been theirs.
            Base = Base - weight + Math.Min(weight, Fallen),
            Fallen = Fallen - Math.Min(weight, Fallen),
            Billed = false,
            Items = Math.Max(0, Items - items),
            Weight = Weight - weight,
            Since = Since - since,
            Texts = default,
            Around = 0,
        };
}
