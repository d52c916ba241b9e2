using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Context;

/// <summary>Fits an agent's request into the window of the model it goes to.</summary>
internal readonly struct RequestFit(LoopState state, Agent agent, ModelBinding model)
{
    /// <summary>Null when nothing that could be left out makes it fit.</summary>
    public FittedRequest? Fit() => FitTokens() ?? FitRatio();

    /// <summary>
    /// Prompt and reply have at most the window's tokens, by what the endpoint has billed, and by bytes where it has billed nothing yet.
    /// </summary>
    private FittedRequest? FitTokens()
    {
        var (wanted, least) = (WindowRoom.ReplyTokens(model), WindowRoom.LeastReply(model));
        var count = agent.Conversation.Count;
        for (int? clip = null; clip is null or >= ContextBuilder.LeastText; clip = Shorter(clip))
        {
            // A count that is known to fit needs no second look at the request; one that is known only from above may still be.
            var counted = clip is null && count.Model == model.Name && count.Prompt <= model.Window - least ? count.Prompt : null;
            var reply = counted is { } prompt ? ReplyIn(prompt, wanted) : wanted;
            var request = Build(reply, Limits(clip));
            if (counted is null && (reply = ReplyIn(BoundOf(request), wanted)) is var left && left >= least && left < wanted)
            {
                request = Build(left, Limits(clip));
            }

            if (reply >= least && request.Body.Length <= (agent.Conversation.Ceiling ?? long.MaxValue))
            {
                return new FittedRequest(request, reply, clip);
            }
        }

        return null;
    }

    /// <summary>
    /// Where goal, rules, tools and one turn have more bytes than the window has tokens, nothing can be proved of them: a ratio of tokens
    /// to bytes decides.
    /// </summary>
    private FittedRequest? FitRatio()
    {
        var wanted = WindowRoom.ReplyTokens(model);
        for (int? clip = null; clip is null or >= ContextBuilder.LeastText; clip = Shorter(clip))
        {
            var request = Build(wanted, Limits(clip));
            if (request.Body.Length <= BytesIn || (Shorter(clip) < ContextBuilder.LeastText && MayBeSent(request)))
            {
                return new FittedRequest(request, wanted, clip);
            }
        }

        return null;
    }

    /// <summary>The same request with less room for the reply.</summary>
    public ChatRequest Again(in FittedRequest fitted, int reply) => Build(reply, Limits(fitted.Clipped));

    public int SmallestBytes() => ContextBuilder.Build(state, agent, model, WindowRoom.ReplyTokens(model), BytesIn).Body.Length;

    private ChatRequest Build(int reply, TextLimits texts) => ContextBuilder.Build(state, agent, model, reply, texts);

    private int Shorter(int? clip) => (clip ?? WindowRoom.ForOneText(model.Window, agent.Conversation.TokensPerByte)) / 2;

    private static TextLimits Limits(int? clip) => new(clip ?? int.MaxValue);

    private int ReplyIn(long prompt, int wanted) => (int)Math.Clamp(model.Window - prompt, 0, wanted);

    /// <summary>Tokens of a request whose texts no bill covers.</summary>
    private long BoundOf(ChatRequest request)
    {
        var count = agent.Conversation.Count;
        var density = count.Density.Tokens > 0 ? count.Density.Bound(TextKinds.OfJson(request.Body.Span)) : request.Body.Length;
        var bytes =
            count.Model == model.Name ? density
            // Another model has billed this conversation: its tokenizer is not this one's, and the texts are the same.
            : agent.Bindings.Length > 1 ? Math.Min(request.Body.Length, density * 3 / 2)
            : request.Body.Length;
        return bytes + ((long)Reservations.TokensPerMessage * request.Messages);
    }

    private long BytesIn =>
        Math.Min(WindowRoom.ForPrompt(model.Window, agent.Conversation.TokensPerByte), agent.Conversation.Ceiling ?? long.MaxValue);

    /// <summary>What cannot be cut down as far as hoped for is still sent, as long as it is shorter than what was refused.</summary>
    private bool MayBeSent(ChatRequest request)
    {
        var room = BytesIn;
        return request.Body.Length <= room
            || (
                request.Body.Length <= WindowRoom.ForPrompt(model.Window, agent.Conversation.TokensPerByte)
                && request.Body.Length < room * 4 / 3
            );
    }
}

/// <param name="Reply">Tokens the reply may have.</param>
/// <param name="Clipped">See <see cref="ModelRequested.Clipped"/>.</param>
internal readonly record struct FittedRequest(ChatRequest Request, int Reply, int? Clipped = null);
