using System.Text;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Scripts;

/// <summary>
/// One turn of a scripted model, embedded or behind the model server: both call this, so both give the same reply, ids and usage.
/// </summary>
internal static class ScriptedTurn
{
    /// <summary>The reply at <paramref name="position"/>, or null and what to tell when nothing fits.</summary>
    public static ModelAnswer? Answer(ModelScript script, string role, int position, ChatRequest request, out string fault)
    {
        fault = "";
        try
        {
            if (script.Find(role, position, Once(request.Newest)) is { } step)
            {
                return Write(step, request);
            }

            fault =
                $"The script has no reply left that fits: role {role}, position {position}, {script.Replies.Count} replies. "
                + "Add one, or one without 'when' at the end.";
        }
        catch (RegexMatchTimeoutException timeout)
        {
            fault =
                $"The script's condition {timeout.Pattern} took longer than {timeout.MatchTimeout.TotalSeconds:0} s. Write it without look-around and back-references.";
        }

        return null;
    }

    /// <summary>
    /// The position of a caller who names none: the script is walked along the conversation, with each reply's newest message at its time.
    /// Exact as long as the conversation is whole. Null when the script ends before it does.
    /// </summary>
    /// <exception cref="RegexMatchTimeoutException">A condition took too long.</exception>
    public static int? PositionFrom(ModelScript script, string role, ChatRequest request)
    {
        var position = 0;
        var replies = request.Replies;
        for (var reply = 0; reply < replies; reply++)
        {
            var at = reply;
            if (script.Find(role, position, Once(() => request.NewestAt(at))) is not { } step)
            {
                return null;
            }

            position = step.Position + 1;
        }

        return position;
    }

    private static ModelAnswer Write(ScriptStep step, ChatRequest request)
    {
        var reply = step.Reply;
        var tools = reply.Tools.Count == 0 ? [] : new ToolCall[reply.Tools.Count];
        for (var i = 0; i < tools.Length; i++)
        {
            tools[i] = new ToolCall($"call_{step.Position}_{i}", reply.Tools[i].Name, reply.Tools[i].Arguments);
        }

        return new ModelAnswer(reply.Text, tools, reply.Finish, reply.Usage ?? Estimate(reply, request), step.Skipped);
    }

    /// <summary>Four bytes a token. A reply never counts more than the request allows: a real model would have been cut there.</summary>
    private static Usage Estimate(ScriptReply reply, ChatRequest request)
    {
        var bytes = Encoding.UTF8.GetByteCount(reply.Text);
        foreach (var tool in reply.Tools)
        {
            bytes += Encoding.UTF8.GetByteCount(tool.Name) + Encoding.UTF8.GetByteCount(tool.Arguments);
        }

        return new Usage(Tokens(request.Bytes), Math.Min(Tokens(bytes), Math.Max(1, request.MaxTokens ?? int.MaxValue)));
    }

    private static int Tokens(int bytes) => (bytes + 3) / 4;

    /// <summary>Several conditions read the same message; it is decoded once.</summary>
    private static Func<string?> Once(Func<string?> read)
    {
        var isRead = false;
        string? text = null;
        return () =>
        {
            if (!isRead)
            {
                text = read();
                isRead = true;
            }

            return text;
        };
    }
}
