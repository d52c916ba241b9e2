using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Budgets;

/// <summary>
/// Upper bounds held back before a call. Prompt tokens are at most <c>min(window, request bytes + 16 a message)</c>: a tokenizer never
/// makes more than one token of a byte, and chat templates add a few control tokens around each message.
/// </summary>
public static class Reservations
{
    /// <summary>Fewer reply tokens than this are not worth a call: the loop halts.</summary>
    public const int FloorTokens = 512;

    public const int TokensPerMessage = 16;

    public static long PromptBound(int window, int requestBytes, int messages) =>
        Math.Min(window, requestBytes + ((long)TokensPerMessage * messages));

    public static decimal CostOf(ModelPrice price, Usage usage)
    {
        var cached = Math.Clamp(usage.Cached, 0, Math.Max(0, usage.In));
        return (((usage.In - cached) * price.In) + (cached * (price.Cached ?? price.In)) + (usage.Out * price.Out)) / 1_000_000m;
    }

    /// <summary>A cached token may be dearer than a fresh one in an odd price list: the bound takes the dearer.</summary>
    public static Reservation Of(ModelPrice price, long promptBound, int maxTokens) =>
        new(promptBound, maxTokens, ((promptBound * Math.Max(price.In, price.Cached ?? 0)) + (maxTokens * price.Out)) / 1_000_000m);

    /// <summary>The most reply tokens what is left pays for beside the prompt, or a word on which ceiling is in the way.</summary>
    public static (int MaxTokens, string? Exhausted) Afford(
        BudgetLimits limits,
        BudgetSpend spend,
        ModelPrice price,
        long promptBound,
        int wanted
    )
    {
        var tokens = limits.Tokens - spend.Tokens - promptBound;
        if (tokens < Math.Min(FloorTokens, wanted))
        {
            return (
                0,
                FormattableString.Invariant(
                    $"tokens: {limits.Tokens} allowed, {spend.Tokens} used, the next request may need {promptBound + Math.Min(FloorTokens, wanted)}"
                )
            );
        }

        var affordable = (int)Math.Min(wanted, tokens);
        if (limits.Cost is not { } ceiling || spend.Cost + Of(price, promptBound, affordable).Cost <= ceiling)
        {
            return (affordable, null);
        }

        var left = ceiling - spend.Cost - Of(price, promptBound, 0).Cost;
        // What is left is less than the whole reply costs here, so the quotient is less than its tokens.
        affordable = left > 0 && price.Out > 0 ? (int)Math.Floor(left * 1_000_000m / price.Out) : 0;
        return affordable >= Math.Min(FloorTokens, wanted) && spend.Cost + Of(price, promptBound, affordable).Cost <= ceiling
            ? (affordable, null)
            : (
                0,
                FormattableString.Invariant(
                    $"cost: {ceiling} allowed, {spend.Cost} used, the next request may need {Of(price, promptBound, Math.Min(FloorTokens, wanted)).Cost}"
                )
            );
    }
}
