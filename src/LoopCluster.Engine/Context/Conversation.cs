using System.Collections.Immutable;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>
/// The running attempt's turns as far as they still fit the window. It is pruned while folding, oldest turns first and in one stride down
/// to half, so that the prefix an endpoint has cached stays the same for many turns, and so that a step costs the same at any length.
/// </summary>
public sealed record Conversation
{
    public static readonly Conversation Empty = new();

    public ImmutableList<ConversationItem> Items { get; init; } = [];

    /// <summary>Messages that came in the middle of a turn: they follow it, for a result must follow its call at once.</summary>
    public ImmutableList<MessageItem> Held { get; init; } = [];

    /// <summary>Bytes of all items, roughly as they stand in a request.</summary>
    public long Size { get; init; }

    /// <summary>Turns left out because they no longer fit.</summary>
    public int DroppedTurns { get; init; }

    /// <summary>How often something was left out.</summary>
    public int Strides { get; init; }

    /// <summary>Tokens a byte of this loop's requests has turned out to make at most, with a margin; null until an endpoint has told.</summary>
    public double? Measured { get; init; }

    /// <summary>Two bytes a token until it is known: dearer than the three to four of prose and code.</summary>
    public double TokensPerByte => Measured ?? 0.5;

    /// <summary>What the attempt began with.</summary>
    public Frontier Frontier { get; init; } = Frontier.Empty;

    /// <summary>A new attempt: the dead one's turns are gone.</summary>
    internal Conversation Restarted(Frontier frontier) => this with { Items = [], Held = [], Size = 0, DroppedTurns = 0, Strides = 0, Frontier = frontier };

    /// <param name="fault">What was wrong with it: told after it. An empty reply itself is not shown, since endpoints refuse such a message.</param>
    internal Conversation WithReply(ModelReplied reply, ReplyFault fault, int window)
    {
        var next = fault is ReplyFault.Silent or ReplyFault.CutSilent || (fault == ReplyFault.Filtered && string.IsNullOrWhiteSpace(reply.Text))
            ? this
            : With(new ReplyItem(reply.Text, ShownCalls.Of(reply.Tools), reply.Finish == ReplyFinish.Length) { Extra = reply.Extra, ExtraJson = reply.ExtraJson }, window);
        // A cut text is told of where it is written out, since version 1.
        return fault is ReplyFault.None or ReplyFault.Cut ? next : next.With(new FaultItem(fault), window);
    }

    /// <summary>Bytes a request may have, told by an endpoint that refused a longer one; null until one did.</summary>
    public long? Ceiling { get; init; }

    /// <summary>Taken up after the loop was parked: what was refused as too large is tried again, and measured anew.</summary>
    internal Conversation Reopened() => Ceiling is null ? this : this with { Ceiling = null, Measured = null };

    /// <summary>What replies carried beyond the reference and is not at hand: in a state read from a ledger, which keeps it by hash.</summary>
    public IEnumerable<BlobRef> Missing => Items.OfType<ReplyItem>().Where(i => i is { Extra: not null, ExtraJson: null }).Select(i => i.Extra!);

    /// <summary>The same with what <paramref name="json"/> gives for a hash; what it does not give stays missing.</summary>
    public Conversation Filled(Func<string, string?> json) => this with
    {
        Items = [.. Items.Select(i => i is ReplyItem { Extra: { } extra, ExtraJson: null } reply ? reply with { ExtraJson = json(extra.Hash) } : i)],
    };

    /// <summary>The result of the next call of the last reply.</summary>
    internal Conversation WithResult(OutputText output, int window)
    {
        var reply = Items.FindLastIndex(i => i is ReplyItem);
        var call = reply >= 0 && Items[reply] is ReplyItem { Tools: var tools } && Items.Count - reply - 1 < tools.Count ? tools[Items.Count - reply - 1].Id : "";
        return With(new ResultItem(call, output), window);
    }

    internal Conversation WithMessage(MessageReceived message, bool hold, int window)
    {
        var item = new MessageItem(message.By, message.Text);
        return hold ? this with { Held = Held.Add(item) } : With(item, window);
    }

    /// <summary>The turn is complete: messages that came during it follow.</summary>
    internal Conversation Released(int window)
    {
        var next = this with { Held = [] };
        foreach (var message in Held)
        {
            next = next.With(message, window);
        }

        return next;
    }

    private Conversation With(ConversationItem item, int window)
    {
        item = item.Within(WindowRoom.ForOneText(window, TokensPerByte));
        var next = this with { Items = Items.Add(item), Size = Size + item.Size };
        var room = RoomForTurns(window);
        return next.Size <= room ? next : next.PrunedTo(room / 2);
    }

    /// <summary>An endpoint billed so many tokens for so many bytes.</summary>
    internal Conversation Calibrated(long tokens, int bytes)
    {
        if (tokens <= 0 || bytes <= 0)
        {
            return this;
        }

        // 25 % above the densest seen; never below a quarter token a byte, and never above the bound of one.
        var ratio = Math.Clamp(1.25 * tokens / bytes, 0.25, 1.0);
        return Measured >= ratio ? this : this with { Measured = ratio };
    }

    /// <summary>
    /// The endpoint says the prompt is too long: from here on a byte counts as a token, and at least half of the turns go. What was refused is
    /// never sent as long again: limits beside the window (tokens a minute, bytes of a proxy) are only known by that.
    /// </summary>
    /// <param name="refused">Bytes of the request; null before version 2 of the machine.</param>
    internal Conversation Shrunk(int window, long? refused)
    {
        var next = this with { Measured = 1.0, Ceiling = refused is { } bytes ? Math.Min(Ceiling ?? long.MaxValue, bytes * 3 / 4) : Ceiling };
        return next.PrunedTo(Math.Min(Size, next.RoomForTurns(window)) / 2);
    }

    private long RoomForTurns(int window) => Math.Min(WindowRoom.ForTurns(window, TokensPerByte), (Ceiling ?? long.MaxValue) / 2);

    private Conversation PrunedTo(long room)
    {
        var items = Items;
        var size = Size;
        var dropped = 0;
        while (size > room && items.Count > 1)
        {
            // A turn is a reply with all that follows it up to the next reply: a tool result never stands without its call. Messages
            // before any reply go one by one, and the last turn stays.
            var next = items[0] is ReplyItem ? items.FindIndex(1, i => i is ReplyItem) : 1;
            if (next < 0)
            {
                break;
            }

            for (var i = 0; i < next; i++)
            {
                size -= items[i].Size;
            }

            dropped += items[0] is ReplyItem ? 1 : 0;
            items = items.RemoveRange(0, next);
        }

        return items.Count == Items.Count ? this : this with { Items = items, Size = size, DroppedTurns = DroppedTurns + dropped, Strides = Strides + 1 };
    }
}
