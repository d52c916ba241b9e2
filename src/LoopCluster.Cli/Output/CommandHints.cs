using System.Text;
using System.Text.RegularExpressions;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Cli.Output;

/// <summary>
/// Commands as they are printed: whoever pastes one works with the same loops as the command that printed it. Every hint comes from here,
/// also those that other rooms write into their messages, as <c>'loop COMMAND ...'</c> in quotes, without knowing a directory or server.
/// </summary>
internal sealed partial class CommandHints(
    DataDirectory data,
    string? server,
    bool isKeyGiven,
    bool mayShowKey,
    string? key,
    Func<string, bool> takesServer
)
{
    /// <summary>What the person typed to start this program; set by the script <c>./loop</c>.</summary>
    public const string Variable = "LOOPCLUSTER_COMMAND";

    /// <summary>Of a person's command line.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? Quote(named) : "loop";

    /// <summary>A command with its arguments, which are quoted where a shell needs it.</summary>
    public string Of(string command, params IReadOnlyList<string> arguments) => Of([.. command.Split(' '), .. arguments]);

    /// <summary>A message with the commands it quotes made whole.</summary>
    public string Complete(string message) =>
        Quoted().Replace(message, match => $"'{Program} {match.Groups["rest"].Value}{Where(match.Groups["rest"].Value)}'");

    /// <summary>As a POSIX shell reads it. Double quotes, because messages put commands into single ones.</summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=@%+,".Contains(c, StringComparison.Ordinal)))
        {
            return word;
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in word)
        {
            quoted.Append("\"\\$`".Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c);
        }

        return quoted.Append('"').ToString();
    }

    private string Of(IReadOnlyList<string> words) => $"{Program} {string.Join(' ', words.Select(Quote))}{Where(string.Join(' ', words))}";

    /// <param name="line">The command and its arguments.</param>
    private string Where(string line)
    {
        if (server is null)
        {
            // What the environment says, it says to the next command too.
            return data == DataDirectory.Resolve(null) ? "" : $" --data {Quote(data.Root)}";
        }

        if (!takesServer(line))
        {
            return "";
        }

        // A key that was typed is shown to who typed it, and to no file or pipe.
        var credential =
            !isKeyGiven ? ""
            : mayShowKey && key is not null ? $" --key {Quote(key)}"
            : " --key \"$LOOPCLUSTER_KEY\"";
        return $" --server {Quote(server)}{credential}";
    }

    // Not what is a program's name already with options of its own, and nothing over a line's end.
    [GeneratedRegex(@"'(?:\./)?loop (?<rest>[a-z][a-z-]*(?![^'\n]*--(?:data|server))[^'\n]*)'", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();
}
