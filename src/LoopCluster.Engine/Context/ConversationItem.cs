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

    private protected override long SizeOf(TextLimits texts)
    {
        var size = JsonSize.Of(texts.Clip(Text));
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
