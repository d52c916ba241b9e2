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

    /// <summary>Characters of all items, roughly as they stand in a request.</summary>
    public long Size { get; init; }

    /// <summary>Turns left out because they no longer fit.</summary>
    public int DroppedTurns { get; init; }

    /// <summary>Tokens a byte of this loop's requests has turned out to make at most, with a margin; null until an endpoint has told.</summary>
    public double? Measured { get; init; }

    /// <summary>Two bytes a token until it is known: dearer than the three to four of prose and code.</summary>
    public double TokensPerByte => Measured ?? 0.5;

    /// <summary>What the attempt began with.</summary>
    public Frontier Frontier { get; init; } = Frontier.Empty;

    public Conversation With(ConversationItem item, int window)
    {
        var next = this with { Items = Items.Add(item), Size = Size + item.Size };
        var room = WindowRoom.ForTurns(window, TokensPerByte);
        return next.Size <= room ? next : next.PrunedTo(room / 2);
    }

    /// <summary>An endpoint billed so many tokens for so many bytes.</summary>
    public Conversation Calibrated(long tokens, int bytes)
    {
        if (tokens <= 0 || bytes <= 0)
        {
            return this;
        }

        // 25 % above the densest seen; never below a quarter token a byte, and never above the bound of one.
        var ratio = Math.Clamp(1.25 * tokens / bytes, 0.25, 1.0);
        return Measured >= ratio ? this : this with { Measured = ratio };
    }

    /// <summary>The endpoint says the prompt is too long: from here on a byte counts as a token, and half of the turns go.</summary>
    public Conversation Shrunk() => (this with { Measured = 1.0 }).PrunedTo(Size / 2);

    private Conversation PrunedTo(long room)
    {
        var items = Items;
        var size = Size;
        var dropped = 0;
        var lastTurn = items.FindLastIndex(i => i is ReplyItem);
        while (size > room && lastTurn > 0)
        {
            // A turn is a reply with all that follows it up to the next reply: a tool result never stands without its call.
            var next = items.FindIndex(1, i => i is ReplyItem);
            for (var i = 0; i < next; i++)
            {
                size -= items[i].Size;
            }

            dropped += items[0] is ReplyItem ? 1 : 0;
            items = items.RemoveRange(0, next);
            lastTurn -= next;
        }

        return this with { Items = items, Size = size, DroppedTurns = DroppedTurns + dropped };
    }
}

public abstract record ConversationItem
{
    private const int Overhead = 60;

    public long Size => Overhead + ContentSize;

    protected abstract long ContentSize { get; }
}

public sealed record ReplyItem(string Text, IReadOnlyList<ToolCall> Tools, bool Cut) : ConversationItem
{
    protected override long ContentSize => Text.Length + Tools.Sum(t => t.Name.Length + t.Arguments.Length + 80);
}

public sealed record ResultItem(string Call, OutputText Output) : ConversationItem
{
    protected override long ContentSize => Output.Text?.Length ?? ((Output.Head?.Length ?? 0) + (Output.Tail?.Length ?? 0) + 160);
}

public sealed record MessageItem(string By, string Text) : ConversationItem
{
    protected override long ContentSize => By.Length + Text.Length + 20;
}
