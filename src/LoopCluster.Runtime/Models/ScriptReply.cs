using System.Text.RegularExpressions;
using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Models;

/// <summary>One reply of a script.</summary>
public sealed record ScriptReply
{
    /// <summary>Place in the script, from 0; named in messages.</summary>
    public required int Index { get; init; }

    /// <summary>The only role that gets it; null for every role.</summary>
    public string? Role { get; init; }

    /// <summary>Must match somewhere in the newest message; null matches always.</summary>
    public Regex? When { get; init; }

    public string Text { get; init; } = "";

    public IReadOnlyList<ScriptTool> Tools { get; init; } = [];

    public Usage? Usage { get; init; }

    public required ReplyFinish Finish { get; init; }

    /// <summary>How many times in a row it stands in the script.</summary>
    public required int Repeat { get; init; }
}

/// <param name="Arguments">JSON text; whatever the script says when it gives them as text, valid or not.</param>
public sealed record ScriptTool(string Name, string Arguments);

/// <param name="Position">Where in the role's replies it stands, from 0, repeats counted.</param>
/// <param name="Skipped">Replies passed over to get there.</param>
public readonly record struct ScriptStep(ScriptReply Reply, int Position, int Skipped);
