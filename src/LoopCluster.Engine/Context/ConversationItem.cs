using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>One message of an attempt. How much of it is shown is fixed when it joins, so that later requests begin with the same bytes.</summary>
public abstract record ConversationItem
{
    private const int Overhead = 60;

    /// <summary>Characters of one text that are shown.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Bytes in a request.</summary>
    public long Size { get; init; }

    internal ConversationItem Within(int limit)
    {
        var item = this with { Limit = limit };
        return item with { Size = Overhead + item.SizeOf(new TextLimits(limit)) };
    }

    private protected abstract long SizeOf(TextLimits texts);
}

/// <param name="Tools">The calls in a form every endpoint takes, see <see cref="ShownCalls"/>.</param>
/// <param name="Cut">It ended at the length limit.</param>
public sealed record ReplyItem(string Text, IReadOnlyList<ToolCall> Tools, bool Cut) : ConversationItem
{
    private const int CallOverhead = 80;

    /// <summary>What the message carried beyond the reference; it goes back as it came.</summary>
    public BlobRef? Extra { get; init; }

    /// <summary>The content of <see cref="Extra"/>; null while it is not at hand.</summary>
    public string? ExtraJson { get; init; }

    private protected override long SizeOf(TextLimits texts)
    {
        // By its length alone: the size is the same whether or not the content is at hand.
        var size = JsonSize.Of(texts.Clip(Text)) + (Extra is { } extra ? Math.Min(extra.Bytes, texts.MostExtra) : 0);
        foreach (var tool in Tools)
        {
            size += CallOverhead + tool.Id.Length + tool.Name.Length + JsonSize.Of(texts.ClipArguments(tool.Arguments));
        }

        return size;
    }
}

/// <param name="Call">Id of the call as it is shown.</param>
public sealed record ResultItem(string Call, OutputText Output) : ConversationItem
{
    private protected override long SizeOf(TextLimits texts) => Call.Length + JsonSize.Of(texts.Show(Output));
}

public sealed record MessageItem(string By, string Text) : ConversationItem
{
    private protected override long SizeOf(TextLimits texts) => By.Length + JsonSize.Of(texts.Clip(Text)) + 20;
}

/// <summary>What was wrong with the reply before it, told in one sentence.</summary>
public sealed record FaultItem(ReplyFault Fault) : ConversationItem
{
    private protected override long SizeOf(TextLimits texts) => ReplyFaults.Sentence(Fault).Length;
}
