using System.Collections.Immutable;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>How the prompt is counted.</summary>
public sealed partial record Conversation
{
    public PromptCount Count { get; init; } = PromptCount.None;

    /// <summary>A request is sent. Before anything is billed its bytes bound its tokens.</summary>
    internal Conversation Requested(ModelRequested request)
    {
        if (request.Clipped is not null || (Count.Base is not null && Count.Billed && Count.Model == request.Model))
        {
            return this;
        }

        var next = Count.Model is { } model && model != request.Model ? this with { Count = PromptCount.None } : this;
        var count = next.Count with { HeadBytes = Math.Max(0, request.RequestBytes - Size), Model = request.Model };
        return count.Prompt <= BytesBound(request.RequestBytes)
            ? next with
            {
                Count = count,
            }
            : next with
            {
                // Without weights there is none to take back but of what joined since: a step costs the same at any length.
                Items = Weighed(count.Weight == 0 ? count.Items : 0, Items.Count, 0),
                Count = count with
                {
                    Base = BytesBound(request.RequestBytes),
                    Told = 0,
                    Items = Items.Count,
                    Weight = 0,
                    Since = 0,
                    Texts = default,
                    Around = 0,
                },
            };
    }

    /// <summary>The endpoint said how many tokens the request had.</summary>
    internal Conversation Billed(long tokens, ModelRequested request)
    {
        var count = Count;
        // A request that was cut to fit has fewer than the conversation.
        if (
            request.Clipped is not null
            || count.Base is not { } before
            || count.Model != request.Model
            || !count.Believes(tokens, request.RequestBytes)
        )
        {
            return this;
        }

        var weight = Math.Max(0, tokens - before);
        var items = Weighed(count.Items, Items.Count, weight);
        return this with
        {
            Items = items,
            Count = count with
            {
                Base = tokens,
                Told = 0,
                Billed = true,
                Items = items.Count,
                Weight = count.Weight + (items.FindLastIndex(i => i is ReplyItem) >= count.Items ? weight : 0),
                Fallen = count.Fallen + (count.Billed ? Math.Max(0, before - tokens) : 0),
                Since = 0,
                Texts = default,
                Around = 0,
                Density = count.Billed && tokens > before ? count.Density.With(count.Texts, tokens - before, count.Around) : count.Density,
            },
        };
    }

    /// <summary>
    /// Turns have gone, and what the first messages say instead has at most so many tokens; what they said before is still counted.
    /// </summary>
    internal Conversation WithHead(long tokens, ModelRoom room)
    {
        var next = this with { Count = Count with { Base = Count.Base - Count.Told + tokens, Told = tokens } };
        return next.Count.Prompt > room.Prompt ? next.Pruned(room.Prompt) : next;
    }

    /// <summary>A reply was cut off, and the prompt had left it less room than replies have: room is made.</summary>
    internal Conversation WithRoomForReply(ModelRoom room) => Count.Prompt > room.WithReply ? Pruned(room.Prompt) : this;

    /// <summary>A request that should have fitted was refused: its bytes bound the conversation again.</summary>
    private Conversation Refuted(ModelRoom room)
    {
        var next = this with
        {
            Items = [.. Items.Select(i => i with { Tokens = i.Size })],
            Count = Count with
            {
                Base = Count.Base is null ? null : Count.HeadBytes + ((long)Reservations.TokensPerMessage * (Items.Count + 2)),
                Told = 0,
                Billed = false,
                Items = 0,
                Weight = 0,
                Fallen = 0,
                Since = Size,
                Texts = default,
                Around = 0,
                Density = Count.Density.Refuted(),
            },
        };
        return next.PrunedTo(Math.Min(Size / 2, RoomFor(next.Count, room)));
    }

    private static long RoomFor(PromptCount count, ModelRoom room) => Math.Max(0, room.Prompt - count.Head) / 2;

    /// <summary>Drops the oldest turns until the rest leaves half of their room free.</summary>
    private Conversation Pruned(long most)
    {
        var tokens = Count.Head + (Math.Max(0, most - Count.Head) / 2);
        var bytes = Ceiling is null ? long.MaxValue : Count.HeadBytes + (Math.Max(0, MostBytes - Count.HeadBytes) / 2);
        return LessWhile((count, size) => count.Prompt > tokens || count.HeadBytes + size > bytes);
    }

    /// <summary>
    /// The items with the weight of those from <paramref name="from"/> on: the last reply's among them, and none of the others'.
    /// </summary>
    private ImmutableList<ConversationItem> Weighed(int from, int to, long weight)
    {
        var items = Items;
        for (var i = to - 1; i >= from; i--)
        {
            if (items[i] is ReplyItem reply)
            {
                items = reply.Tokens == weight ? items : items.SetItem(i, reply with { Tokens = weight });
                weight = 0;
            }
        }

        return items;
    }

    private long BytesBound(int requestBytes) => requestBytes + ((long)Reservations.TokensPerMessage * (Items.Count + 2));
}
