using System.Collections.Immutable;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>
/// The running attempt's turns as far as they still fit the window. It is pruned while folding, oldest turns first and in one stride down
/// to half, so that the prefix an endpoint has cached stays the same for many turns, and so that a step costs the same at any length.
/// What fits is told by <see cref="Count"/>, and by the bytes until an endpoint has billed.
/// </summary>
public sealed partial record Conversation
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

    /// <summary>
    /// Tokens a byte of this loop's requests has turned out to make at most, with a margin; null until an endpoint has told.
    /// </summary>
    public double? Measured { get; init; }

    /// <summary>Two bytes a token until it is known: dearer than the three to four of prose and code.</summary>
    public double TokensPerByte => Measured ?? 0.5;

    /// <summary>The last request without its turns, for the next one. Follows from the rest of the state.</summary>
    internal RequestFrame? Frame { get; set; }

    /// <summary>
    /// The first of <see cref="Items"/> as the last request had them, for the next one. Gone when one of them is, or changes.
    /// </summary>
    internal WrittenTurns? Turns { get; set; }

    /// <summary>What the attempt began with.</summary>
    public Frontier Frontier { get; init; } = Frontier.Empty;

    /// <summary>A new attempt: the dead one's turns are gone.</summary>
    internal Conversation Restarted(Frontier frontier) =>
        this with
        {
            Items = [],
            Turns = null,
            Held = [],
            Size = 0,
            DroppedTurns = 0,
            Strides = 0,
            Frontier = frontier,
            Count = Count.Restarted(),
        };

    /// <param name="fault">What was wrong with it: told after it. An empty reply itself is not shown, since endpoints refuse such a
    /// message.</param>
    internal Conversation WithReply(ModelReplied reply, ReplyFault fault, ModelRoom room)
    {
        var next =
            fault is ReplyFault.Silent or ReplyFault.CutSilent || (fault == ReplyFault.Filtered && string.IsNullOrWhiteSpace(reply.Text))
                ? this
                : With(
                    new ReplyItem(reply.Text, ShownCalls.Of(reply.Tools), reply.Finish == ReplyFinish.Length)
                    {
                        Extra = reply.Extra,
                        ExtraJson = reply.ExtraJson,
                    },
                    room
                );
        // A cut text is told of where it is written out.
        return fault is ReplyFault.None or ReplyFault.Cut ? next : next.With(new FaultItem(fault), room);
    }

    /// <summary>Bytes a request may have, told by an endpoint that refused a longer one; null until one did.</summary>
    public long? Ceiling { get; init; }

    /// <summary>Taken up after the loop was parked: what was refused as too large is tried again, and measured anew.</summary>
    internal Conversation Reopened() => Ceiling is null ? this : this with { Ceiling = null, Measured = null };

    /// <summary>
    /// What replies carried beyond the reference and is not at hand: in a state read from a ledger, which keeps it by hash.
    /// </summary>
    public IEnumerable<BlobRef> Missing =>
        Items.OfType<ReplyItem>().Where(i => i is { Extra: not null, ExtraJson: null }).Select(i => i.Extra!);

    /// <summary>The same with what <paramref name="json"/> gives for a hash; what it does not give stays missing.</summary>
    public Conversation Filled(Func<string, string?> json) =>
        this with
        {
            Turns = null,
            Items =
            [
                .. Items.Select(i =>
                    i is ReplyItem { Extra: { } extra, ExtraJson: null } reply ? reply with { ExtraJson = json(extra.Hash) } : i
                ),
            ],
        };

    /// <summary>The result of the next call of the last reply.</summary>
    internal Conversation WithResult(OutputText output, ModelRoom room)
    {
        var reply = Items.Count - 1;
        while (reply >= 0 && Items[reply] is not ReplyItem)
        {
            reply--;
        }

        var call =
            reply >= 0 && Items[reply] is ReplyItem { Tools: var tools } && Items.Count - reply - 1 < tools.Count
                ? tools[Items.Count - reply - 1].Id
                : "";
        return With(new ResultItem(call, output), room);
    }

    internal Conversation WithMessage(MessageReceived message, bool hold, ModelRoom room)
    {
        var item = new MessageItem(message.By, message.Text);
        return hold ? this with { Held = Held.Add(item) } : With(item, room);
    }

    /// <summary>The turn is complete: messages that came during it follow.</summary>
    internal Conversation Released(ModelRoom room)
    {
        var next = this with { Held = [] };
        foreach (var message in Held)
        {
            next = next.With(message, room);
        }

        return next;
    }

    private Conversation With(ConversationItem item, ModelRoom room)
    {
        item = item.Within(WindowRoom.ForOneText(room.Window, TokensPerByte), Count.Density, out var texts);
        var next = this with { Items = Items.Add(item), Size = Size + item.Size, Count = Count.With(item, texts) };
        return next.Count.Prompt is { } prompt
            ? prompt <= room.Prompt && next.Count.HeadBytes + next.Size <= MostBytes
                ? next
                : next.Pruned(room.Prompt)
            : next.Size <= RoomForTurns(room.Window)
                ? next
                : next.PrunedTo(RoomForTurns(room.Window) / 2);
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
    /// The endpoint says the prompt is too long: from here on a byte counts as a token, and at least half of the turns go. What was refused
    /// is never sent as long again: limits beside the window (tokens a minute, bytes of a proxy) are only known by that.
    /// </summary>
    /// <param name="refused">Bytes of the request.</param>
    internal Conversation Shrunk(ModelRoom room, long refused) =>
        (this with { Measured = 1.0, Ceiling = Math.Min(Ceiling ?? long.MaxValue, refused * 3 / 4) }).Refuted(room);

    private long RoomForTurns(int window) => Math.Min(WindowRoom.ForTurns(window, TokensPerByte), MostBytes / 2);

    private long MostBytes => Ceiling ?? long.MaxValue;

    /// <summary>Drops the oldest turns until the rest has at most so many bytes.</summary>
    private Conversation PrunedTo(long room) => LessWhile((_, size) => size > room);

    /// <summary>
    /// Drops the oldest turns as long as the rest is too long, in one stride. A turn is a reply with all that follows it up to the next
    /// reply, for a tool result never stands without its call; messages before any reply go one by one. The last turn stays.
    /// </summary>
    /// <param name="isTooLong">Told of the rest: its count and its bytes.</param>
    private Conversation LessWhile(Func<PromptCount, long, bool> isTooLong)
    {
        var (count, size, dropped) = (Count, Size, DroppedTurns);
        var (start, at) = (0, 0);
        var turn = (IsReply: false, Size: 0L, Weight: 0L, Since: 0L);
        foreach (var item in Items)
        {
            if (at > start && (item is ReplyItem || !turn.IsReply))
            {
                if (!isTooLong(count, size))
                {
                    break;
                }

                size -= turn.Size;
                dropped += turn.IsReply ? 1 : 0;
                count = count.Base is null
                    ? count with
                    {
                        Since = Math.Max(0, count.Since - turn.Since),
                    }
                    : count.Without(at - start, turn.Weight, turn.Since);
                (start, turn) = (at, default);
            }

            var isCounted = at - start < count.Items;
            turn = (
                turn.IsReply || (at == start && item is ReplyItem),
                turn.Size + item.Size,
                turn.Weight + (isCounted && item is ReplyItem ? item.Tokens : 0),
                turn.Since + (isCounted ? 0 : item.Tokens)
            );
            at++;
        }

        return start == 0
            ? this
            : this with
            {
                Items = Items.GetRange(start, Items.Count - start),
                Turns = null,
                Size = size,
                DroppedTurns = dropped,
                Strides = Strides + 1,
                Count = count,
            };
    }
}
