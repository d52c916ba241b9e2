using System.Text;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>Rules files of a repository: which there are, and how they are told.</summary>
public static class RulesText
{
    public const string Own = ".agent/RULES.md";

    /// <summary>The name that other agents read as well, in any folder.</summary>
    public const string Common = "AGENTS.md";

    /// <summary>Bytes of one file.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Characters of all files beside our own.</summary>
    public const int MostInAll = 512 * 1024;

    private const int MostFiles = 64;

    /// <summary>Characters of those below the root; what is beyond is named, and the model reads it where it needs it.</summary>
    private const int MostNested = 16 * 1024;

    /// <summary>Folders of other people's code, with rules for work on that.</summary>
    private static readonly string[] s_foreign = ["node_modules", "vendor", "third_party", "site-packages"];

    /// <summary>The common rules files among the paths of a base: the root's first, then by depth.</summary>
    public static IReadOnlyList<string> CommonAmong(IEnumerable<string> paths) =>
        [
            .. paths
                .Where(p => p == Common || p.EndsWith("/" + Common, StringComparison.Ordinal))
                .Where(p => !p.Split('/')[..^1].Any(folder => folder.StartsWith('.') || s_foreign.Contains(folder)))
                .OrderBy(p => p.Count(c => c == '/'))
                .ThenBy(p => p, StringComparer.Ordinal)
                .Take(MostFiles),
        ];

    /// <summary>The section of the first message, or nothing.</summary>
    internal static string Write(BaseImported imported, TextLimits texts)
    {
        const string Title = "\n\n# Rules of this repository\n";
        if (imported.RuleFiles is not { Count: > 0 } files)
        {
            return imported.Rules is { Length: > 0 } rules ? Title + texts.Clip(rules.Trim()) : "";
        }

        var text = new StringBuilder(Title).Append(
            $"A file of rules holds for its folder and all below it. Where two say otherwise, the one nearest to the file you work on counts; {Own} holds everywhere.\n"
        );
        var room = MostNested;
        foreach (var file in files)
        {
            if ((file.Path == Own ? imported.Rules : file.Text) is not { } content)
            {
                continue;
            }

            var folder = file.Path == Own ? "" : file.Path[..^Common.Length];
            var shown = texts.Clip(content.Trim());
            if (folder.Length > 0 && (room -= shown.Length) < 0)
            {
                text.Append($"\n## {file.Path}\nNot shown here: read it before you change a file under {folder}\n");
                continue;
            }

            text.Append($"\n## {file.Path}{(folder.Length == 0 ? "" : $" (for files under {folder})")}\n{shown}\n");
        }

        return text.ToString().TrimEnd('\n');
    }
}
