using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Loops;

/// <summary>Fits a request into the model's window.</summary>
public static partial class LoopMachine
{
    /// <param name="Reply">Tokens the reply may have.</param>
    /// <param name="Clipped">See <see cref="ModelRequested.Clipped"/>.</param>
    private readonly record struct FittedRequest(ChatRequest Request, int Reply, int? Clipped = null);

    /// <summary>Null when nothing that could be left out makes it fit.</summary>
    private static FittedRequest? Fit(LoopState state, string role, ModelBinding model) => FitTokens(state, role, model) ?? FitRatio(state, role, model);

    /// <summary>Prompt and reply have at most the window's tokens, by what the endpoint has billed, and by bytes where it has billed nothing yet.</summary>
    private static FittedRequest? FitTokens(LoopState state, string role, ModelBinding model)
    {
        var (wanted, least) = (WindowRoom.ReplyTokens(model), WindowRoom.LeastReply(model));
        var count = state.Conversation.Count;
        for (int? clip = null; clip is null or >= ContextBuilder.LeastText; clip = Shorter(state, model, clip))
        {
            // A count that is known to fit needs no second look at the request; one that is known only from above may still be.
            var counted = clip is null && role != ModelRoles.Plan && count.Model == model.Name && count.Prompt <= model.Window - least ? count.Prompt : null;
            var reply = counted is { } prompt ? ReplyIn(model, prompt, wanted) : wanted;
            var request = ContextBuilder.Build(state, role, reply, Limits(clip));
            if (counted is null && (reply = ReplyIn(model, BoundOf(state, model, request), wanted)) is var left && left >= least && left < wanted)
            {
                request = ContextBuilder.Build(state, role, left, Limits(clip));
            }

            if (reply >= least && request.Body.Length <= (state.Conversation.Ceiling ?? long.MaxValue))
            {
                return new FittedRequest(request, reply, clip);
            }
        }

        return null;
    }

    /// <summary>
    /// Where goal, rules, tools and one turn have more bytes than the window has tokens, nothing can be proved of them: a ratio of tokens to bytes decides.
    /// </summary>
    private static FittedRequest? FitRatio(LoopState state, string role, ModelBinding model)
    {
        var wanted = WindowRoom.ReplyTokens(model);
        for (int? clip = null; clip is null or >= ContextBuilder.LeastText; clip = Shorter(state, model, clip))
        {
            var request = ContextBuilder.Build(state, role, wanted, Limits(clip));
            if (request.Body.Length <= BytesIn(state, model) || (Shorter(state, model, clip) < ContextBuilder.LeastText && MayBeSent(state, model, request)))
            {
                return new FittedRequest(request, wanted, clip);
            }
        }

        return null;
    }

    /// <summary>The same request with less room for the reply.</summary>
    private static ChatRequest Again(LoopState state, string role, int reply, FittedRequest fit) => ContextBuilder.Build(state, role, reply, Limits(fit.Clipped));

    private static int Shorter(LoopState state, ModelBinding model, int? clip) => (clip ?? WindowRoom.ForOneText(model.Window, state.Conversation.TokensPerByte)) / 2;

    private static TextLimits Limits(int? clip) => new(clip ?? int.MaxValue);

    private static int ReplyIn(ModelBinding model, long prompt, int wanted) => (int)Math.Clamp(model.Window - prompt, 0, wanted);

    /// <summary>Tokens of a request whose texts no bill covers.</summary>
    private static long BoundOf(LoopState state, ModelBinding model, ChatRequest request)
    {
        var count = state.Conversation.Count;
        var bytes = count.Model == model.Name && count.Density.Tokens > 0 ? count.Density.Bound(TextKinds.OfJson(request.Body.Span)) : request.Body.Length;
        return bytes + ((long)Reservations.TokensPerMessage * request.Messages);
    }

    private static long BytesIn(LoopState state, ModelBinding model) =>
        Math.Min(WindowRoom.ForPrompt(model.Window, state.Conversation.TokensPerByte), state.Conversation.Ceiling ?? long.MaxValue);

    /// <summary>What cannot be cut down as far as hoped for is still sent, as long as it is shorter than what was refused.</summary>
    private static bool MayBeSent(LoopState state, ModelBinding model, ChatRequest request)
    {
        var room = BytesIn(state, model);
        return request.Body.Length <= room || (request.Body.Length <= WindowRoom.ForPrompt(model.Window, state.Conversation.TokensPerByte) && request.Body.Length < room * 4 / 3);
    }

    private static int SmallestBytes(LoopState state, string role, ModelBinding model) =>
        ContextBuilder.Build(state, role, WindowRoom.ReplyTokens(model), BytesIn(state, model)).Body.Length;
}
