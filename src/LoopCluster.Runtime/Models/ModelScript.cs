using System.Text.RegularExpressions;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>
/// A scripted model: replies in order. It holds no position. For a role its replies are those without a role and those of that role, each
/// standing <c>repeat</c> times; a position counts in that list. What fits next is a pure function of role, position and newest message.
/// </summary>
public sealed class ModelScript
{
    /// <summary>
    /// Times a reply with <c>repeat: true</c> stands in the script, and the most <c>repeat</c> may say: more than any budget of turns.
    /// </summary>
    public const int Forever = 1 << 20;

    private readonly IReadOnlyList<ScriptReply> _replies;

    internal ModelScript(IReadOnlyList<ScriptReply> replies) => _replies = replies;

    public IReadOnlyList<ScriptReply> Replies => _replies;

    /// <summary>Reads a script, YAML or JSON.</summary>
    /// <exception cref="BadInputException"><c>script-invalid</c>, every fault with its path.</exception>
    public static ModelScript Parse(ReadOnlySpan<byte> utf8) => ScriptParser.Parse(Specs.YamlJson.Parse(utf8, ScriptParser.Code));

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static ModelScript Parse(string text) => ScriptParser.Parse(Specs.YamlJson.Parse(text, ScriptParser.Code));

    /// <summary>Reads the script in a file.</summary>
    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static ModelScript Load(string path) => Load(path, Specs.DocumentFile.ReadBytes(path, Specs.DocumentKind.Script));

    /// <summary>The script whose bytes were read from a file: its faults name file and line.</summary>
    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static ModelScript Load(string path, ReadOnlySpan<byte> utf8) =>
        Specs.DocumentFile.Parse(utf8, path, Specs.DocumentKind.Script, ScriptParser.Parse);

    /// <summary>The first reply at or after <paramref name="position"/> that fits, or null when the script has none left.</summary>
    /// <param name="newest">Text of the newest message; only asked for when a condition needs it. Null fits no condition.</param>
    /// <exception cref="RegexMatchTimeoutException">A condition took longer than a second on this message.</exception>
    public ScriptStep? Find(string role, int position, Func<string?> newest)
    {
        var start = 0;
        foreach (var reply in _replies)
        {
            if (reply.Role is not null && reply.Role != role && reply.Role != AgentNames.RoleOf(role))
            {
                continue;
            }

            var end = start + reply.Repeat;
            if (position < end && (reply.When is null || (newest() is { } text && LinearRegex.IsMatch(reply.When, text))))
            {
                var at = Math.Max(position, start);
                return new ScriptStep(reply, at, at - position);
            }

            start = end;
        }

        return null;
    }
}
