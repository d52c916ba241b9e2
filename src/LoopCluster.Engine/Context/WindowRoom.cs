using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>How a model's window is shared out, in tokens where the prompt is counted and else in bytes of request.</summary>
internal static class WindowRoom
{
    /// <summary>Reply tokens asked for: what the model may give, but never more than a quarter of its window.</summary>
    public static int ReplyTokens(ModelBinding model) => Math.Max(1, Math.Min(model.MaxTokens, model.Window / 4));

    /// <summary>Reply tokens that are kept free while the prompt grows; when turns have gone the reply may be long again.</summary>
    public static int LeastReply(ModelBinding model) => Math.Min(ReplyTokens(model), Math.Max(Reservations.FloorTokens, model.Window / 16));

    /// <summary>Bytes a whole prompt may have.</summary>
    public static long ForPrompt(int window, double tokensPerByte) => (long)(window * 3L / 4 / tokensPerByte);

    /// <summary>Bytes the turns may have: the rest is for goal, rules and frontier.</summary>
    public static long ForTurns(int window, double tokensPerByte) => ForPrompt(window, tokensPerByte) / 2;

    /// <summary>Bytes a single text may have before its middle is left out.</summary>
    public static int ForOneText(int window, double tokensPerByte) => (int)Math.Min(int.MaxValue, ForPrompt(window, tokensPerByte) / 6);
}
