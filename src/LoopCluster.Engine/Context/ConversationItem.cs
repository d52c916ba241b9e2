using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>
/// One message of an attempt. How much of it is shown is fixed when it joins, so that later requests begin with the same bytes.
/// </summary>
public abstract record ConversationItem
{
    private protected const int Overhead = 60;

    /// <summary>Characters of one text that are shown.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Bytes in a request.</summary>
    public long Size { get; init; }

    /// <summary>
    /// Tokens: at most, until a bill covers it; from then on a reply has those of its turn, at least, and what follows it has none
    /// (<see cref="PromptCount.Items"/>). 0 where the prompt is not counted.
    /// </summary>
    public long Tokens { get; init; }

    /// <param name="density">What a text costs; null where the prompt is not counted.</param>
    /// <param name="texts">What is shown, without what stands around it.</param>
    internal ConversationItem Within(int limit, TokenDensity? density, out TextKinds texts)
    {
        texts = default;
        var around = Overhead + AddTo(ref texts, new TextLimits(limit));
        var size = around + texts.Bytes;
        return this with { Limit = limit, Size = size, Tokens = density is null ? 0 : around + Followed + density.Bound(texts) };
    }

    /// <summary>Bytes of a sentence that the writer adds to it.</summary>
    private protected virtual int Followed => 0;

    /// <summary>Adds the texts as they are shown.</summary>
    /// <returns>Bytes of everything else.</returns>
    private protected abstract long AddTo(ref TextKinds shown, TextLimits texts);
}

/// <param name="Tools">The calls in a form every endpoint takes, see <see cref="ShownCalls"/>.</param>
/// <param name="Cut">It ended at the length limit.</param>
public sealed record ReplyItem(string Text, IReadOnlyList<ToolCall> Tools, bool Cut) : ConversationItem
{
    private const int CallOverhead = 80;

    private protected override int Followed => Cut && Tools.Count == 0 ? Overhead + ReplyFaults.Sentence(ReplyFault.Cut).Length : 0;

    /// <summary>What the message carried beyond the reference; it goes back as it came.</summary>
    public BlobRef? Extra { get; init; }

    /// <summary>The content of <see cref="Extra"/>; null while it is not at hand.</summary>
    public string? ExtraJson { get; init; }

    private protected override long AddTo(ref TextKinds shown, TextLimits texts)
    {
        // By its length alone: the size is the same whether or not the content is at hand.
        var around = Extra is { } extra ? Math.Min(extra.Bytes, texts.MostExtra) : 0;
        shown += TextKinds.Of(texts.Clip(Text));
        foreach (var tool in Tools)
        {
            around += CallOverhead + tool.Id.Length + tool.Name.Length;
            shown += TextKinds.Of(texts.ClipArguments(tool.Arguments));
        }

        return around;
    }
}

/// <param name="Call">Id of the call as it is shown.</param>
public sealed record ResultItem(string Call, OutputText Output) : ConversationItem
{
    private protected override long AddTo(ref TextKinds shown, TextLimits texts)
    {
        shown += TextKinds.Of(texts.Show(Output));
        return Call.Length;
    }
}

public sealed record MessageItem(string By, string Text) : ConversationItem
{
    private protected override long AddTo(ref TextKinds shown, TextLimits texts)
    {
        shown += TextKinds.Of(texts.Clip(Text));
        return By.Length + 20;
    }
}

/// <summary>What was wrong with the reply before it, told in one sentence.</summary>
public sealed record FaultItem(ReplyFault Fault) : ConversationItem
{
    private protected override long AddTo(ref TextKinds shown, TextLimits texts) => ReplyFaults.Sentence(Fault).Length;
}
