using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Tools;

/// <summary>A glob that narrows a listing, as models know it from shells: without a slash it is about names at any depth.</summary>
internal static class NameGlob
{
    public static bool TryCreate(string glob, [NotNullWhen(true)] out Regex? regex, out string error)
    {
        var pattern = new StringBuilder("(?s)^");
        if (!glob.Contains('/', StringComparison.Ordinal))
        {
            pattern.Append("(?:.*/)?");
        }

        var braces = 0;
        for (var i = 0; i < glob.Length; i++)
        {
            if (glob.AsSpan(i).StartsWith("**"))
            {
                var directories = glob.AsSpan(i).StartsWith("**/");
                pattern.Append(directories ? "(?:.*/)?" : ".*");
                i += directories ? 2 : 1;
                continue;
            }

            var close = glob[i] == '[' ? glob.IndexOf(']', i + 1) : -1;
            if (close > i + 1)
            {
                var set = glob[(i + 1)..close].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
                pattern.Append('[').Append(set[0] is '!' or '^' ? "^/" + set[1..] : set).Append(']');
                i = close;
                continue;
            }

            switch (glob[i])
            {
                case '*':
                    pattern.Append("[^/]*");
                    break;
                case '?':
                    pattern.Append("[^/]");
                    break;
                case '{':
                    pattern.Append("(?:");
                    braces++;
                    break;
                case '}' when braces > 0:
                    pattern.Append(')');
                    braces--;
                    break;
                case ',' when braces > 0:
                    pattern.Append('|');
                    break;
                default:
                    pattern.Append(Regex.Escape(glob[i].ToString()));
                    break;
            }
        }

        return LinearRegex.TryCreate(pattern.Append("\\z").ToString(), multiline: false, out regex, out error);
    }
}
