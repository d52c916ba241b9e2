namespace LoopCluster.Engine.Context;

/// <summary>
/// What an endpoint has counted for how much text of which kinds, and from it a bound for other text.
/// <para>
/// The bound holds for every tokenizer that costs by kind of character, whatever it costs for which (at most a token a byte): if it took T
/// tokens for bytes s of each kind, then bytes n cost at most aT and a token for each byte beyond as, for any a. The a that gives least is
/// taken. So text like the text counted costs as that did, and what is unlike it a token a byte. Real tokenizers do not cost by kind alone:
/// the margin is 25 %, and more for a while where text has turned out to cost more than the bound.
/// </para>
/// </summary>
public sealed record TokenDensity
{
    public static readonly TokenDensity Unknown = new();

    private const int LeastMargin = 125;
    private const int MostMargin = 1000;

    /// <summary>Text is not taken for this many times as much as has been counted.</summary>
    private const int MostTimes = 4;

    /// <summary>Where more is counted, what is older counts half.</summary>
    private const int MostSeen = 1 << 20;

    /// <summary>Shorter texts say nothing about the margin.</summary>
    private const int LeastText = 256;

    public TextKinds Seen { get; init; }

    public long Tokens { get; init; }

    /// <summary>In hundredths.</summary>
    public int Margin { get; init; } = LeastMargin;

    /// <summary>Tokens a text makes at most.</summary>
    internal long Bound(in TextKinds text) => Bound(text, Margin);

    /// <param name="tokens">As counted, with what stood around the text.</param>
    /// <param name="around">What of that was held back beside <see cref="Bound(in TextKinds)"/>.</param>
    internal TokenDensity With(in TextKinds text, long tokens, long around)
    {
        tokens = Math.Min(tokens, text.Bytes + around);
        if (tokens <= 0 || text.Bytes == 0)
        {
            return this;
        }

        // A surprise is remembered for some tens of turns.
        var margin = Math.Max(LeastMargin, Margin - ((Margin - LeastMargin) / 32));
        if (text.Bytes >= LeastText)
        {
            margin = (int)Math.Clamp(Math.Max(0, tokens - around) * 110 / Math.Max(1, Bound(text, 100)), margin, MostMargin);
        }

        var next = this with { Seen = Seen + text, Tokens = Tokens + tokens, Margin = margin };
        while (next.Seen.Bytes > MostSeen)
        {
            next = next with { Seen = next.Seen.Half(), Tokens = (next.Tokens + 1) / 2 };
        }

        return next;
    }

    /// <summary>
    /// A request that should have fitted did not: nothing counted so far is believed, and what is counted from here on with a larger
    /// margin.
    /// </summary>
    internal TokenDensity Refuted() => new() { Margin = Math.Min(MostMargin, Margin * 2) };

    private long Bound(in TextKinds text, int margin)
    {
        var least = text.Bytes;
        if (Tokens == 0)
        {
            return least;
        }

        Span<int> bytes = stackalloc int[TextKinds.Kinds];
        Span<int> seen = stackalloc int[TextKinds.Kinds];
        text.CopyTo(bytes);
        Seen.CopyTo(seen);
        // The sum is convex and piecewise linear in a: it is least where one kind is just covered, or at 0.
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 0 || seen[i] == 0 || bytes[i] > (long)MostTimes * seen[i])
            {
                continue;
            }

            var tokens = (((long)bytes[i] * Tokens * margin) + (100L * seen[i]) - 1) / (100L * seen[i]);
            for (var k = 0; k < bytes.Length; k++)
            {
                tokens += Math.Max(0, bytes[k] - ((long)bytes[i] * seen[k] / seen[i]));
            }

            least = Math.Min(least, tokens);
        }

        return least;
    }
}
