using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Context;

/// <summary>Why a reply is neither an act nor a claim to be done. It is asked again, with one sentence.</summary>
public enum ReplyFault
{
    None,

    /// <summary>Nothing was said.</summary>
    Silent,

    /// <summary>It ended at the length limit before anything was said, the thought having used it up.</summary>
    CutSilent,

    /// <summary>It ended at the length limit.</summary>
    Cut,

    /// <summary>The endpoint's filter ended it.</summary>
    Filtered,

    /// <summary>A tool call stands in the text: the endpoint's parser did not see it.</summary>
    CallInText,
}

/// <summary>Silence and half a reply are no claim to be done.</summary>
internal static class ReplyFaults
{
    /// <summary>So many in a row are asked again; one more ends the attempt.</summary>
    public const int MostInRow = 3;

    public static ReplyFault Of(ModelReplied reply, IReadOnlyList<ToolDefinition> tools)
    {
        if (reply.Tools.Count > 0)
        {
            return ReplyFault.None;
        }

        var silent = string.IsNullOrWhiteSpace(reply.Text);
        return reply.Finish switch
        {
            ReplyFinish.Length => silent ? ReplyFault.CutSilent : ReplyFault.Cut,
            ReplyFinish.ContentFilter => ReplyFault.Filtered,
            _ when silent => ReplyFault.Silent,
            _ => CallsInText.Has(reply.Text, tools) ? ReplyFault.CallInText : ReplyFault.None,
        };
    }

    public static string Sentence(ReplyFault fault) =>
        fault switch
        {
            ReplyFault.Silent => $"Your last reply was empty. Call a tool to go on, or `{ToolNames.Done}` if the goal is met.",
            ReplyFault.CutSilent =>
                "Your last reply reached its length limit before anything was said. Think less before you act, and call a tool.",
            ReplyFault.Filtered => "Your last reply was ended by a content filter. Go on in other words.",
            ReplyFault.CallInText =>
                $"Your last reply had a tool call in its text, and it was not run. Call the tool through the tool interface, or `{ToolNames.Done}` if the goal is met.",
            _ => "Your last reply was cut off at its length limit. Go on from there, in smaller steps.",
        };

    /// <summary>Why an attempt ended on it.</summary>
    public static string Reason(ReplyFault fault, int replies) =>
        fault switch
        {
            ReplyFault.CallInText => FormattableString.Invariant(
                $"the model wrote tool calls as text {replies} times in a row: its endpoint does not read them. Start the server with the tool parser of this model, or use another model"
            ),
            ReplyFault.CutSilent => FormattableString.Invariant(
                $"the model's replies reached their length limit {replies} times in a row with nothing said: raise maxTokens, or lower its reasoning effort"
            ),
            ReplyFault.Filtered => FormattableString.Invariant(
                $"a content filter of the endpoint ended the model's replies {replies} times in a row"
            ),
            _ => FormattableString.Invariant($"the model replied with nothing {replies} times in a row"),
        };
}
