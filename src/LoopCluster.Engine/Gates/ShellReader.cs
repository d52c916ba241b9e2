using System.Text;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Reads a shell line conservatively: words, quotes, the operators between commands, <c>cd</c> and assignments. What it does not understand
/// (expansions, substitutions, here documents) it takes for unknown and never for something else.
/// </summary>
internal sealed class ShellReader(string text)
{
    private const int MostCommands = 500;
    private static readonly HashSet<string> Keywords = ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "time"];
    private static readonly HashSet<string> Ends = ["fi", "done", "esac", "}"];

    private readonly List<ShellCommand> _commands = [];
    private readonly Dictionary<string, string> _exported = new(StringComparer.Ordinal);
    private int _at;
    private string? _directory;

    /// <param name="directory">Where the line runs, from the root of the tree.</param>
    public static IReadOnlyList<ShellCommand> Read(string text, string directory)
    {
        var reader = new ShellReader(text) { _directory = directory };
        reader.ReadAll();
        return reader._commands;
    }

    /// <summary>
    /// <paramref name="path"/> from <paramref name="directory"/>, normalised; null when it leads out of the tree or is not known.
    /// </summary>
    public static string? Resolve(string? directory, string? path)
    {
        if (directory is null || path is null)
        {
            return null;
        }

        const string Root = "/workspace";
        if (path == Root || path.StartsWith(Root + "/", StringComparison.Ordinal))
        {
            (directory, path) = ("", path[Root.Length..].TrimStart('/'));
        }

        if (path.StartsWith('/') || path.StartsWith('~'))
        {
            return null;
        }

        var parts = new List<string>();
        foreach (var part in $"{directory}/{path}".Split('/'))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private void ReadAll()
    {
        var words = new List<string?>();
        var outer = new Stack<string?>();
        var piped = false;
        while (_commands.Count < MostCommands)
        {
            Skip(" \t\r");
            if (_at >= text.Length)
            {
                End(piped);
                return;
            }

            var c = text[_at];
            if (c == '#')
            {
                _at = text.IndexOf('\n', _at) is var line and >= 0 ? line : text.Length;
            }
            else if (c is ';' or '\n' or '&' or '|')
            {
                var isPipe = c == '|' && !Follows("||");
                _at += Follows("&&") || Follows("||") || Follows(";;") || Follows("|&") ? 2 : 1;
                End(piped || isPipe);
                piped = isPipe;
            }
            else if (c is '(' or ')')
            {
                End(piped);
                piped = false;
                _at++;
                if (c == '(')
                {
                    outer.Push(_directory);
                }
                else if (outer.Count > 0)
                {
                    _directory = outer.Pop();
                }
            }
            else if (Redirection() is { } isOutput)
            {
                piped |= isOutput;
            }
            else
            {
                words.Add(Word());
            }
        }

        void End(bool isPiped)
        {
            Add(words, isPiped);
            words.Clear();
        }
    }

    // "2>&1", ">file", "<file", "<<EOF": says whether standard output goes to a file.
    private bool? Redirection()
    {
        var at = _at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        if (at >= text.Length || text[at] is not ('<' or '>'))
        {
            return null;
        }

        var isOutput = text[at] == '>' && (at == _at || text[_at] == '1');
        while (at < text.Length && text[at] is '<' or '>')
        {
            at++;
        }

        var isCopy = at < text.Length && text[at] == '&';
        _at = at + (isCopy || (at < text.Length && text[at] == '|') ? 1 : 0);
        Skip(" \t");
        var target = Word();
        return isOutput && !isCopy && target is not ("/dev/stderr" or "/dev/stdout" or "/dev/null");
    }

    private string? Word()
    {
        var word = new StringBuilder();
        var known = true;
        var start = _at;
        while (_at < text.Length && " \t\r\n;&|()<>".IndexOf(text[_at], StringComparison.Ordinal) < 0)
        {
            var c = text[_at++];
            switch (c)
            {
                case '\\' when _at < text.Length:
                    word.Append(text[_at] == '\n' ? "" : text[_at].ToString());
                    _at++;
                    break;
                case '\'':
                    var end = text.IndexOf('\'', _at);
                    end = end < 0 ? text.Length : end;
                    word.Append(text, _at, end - _at);
                    _at = Math.Min(text.Length, end + 1);
                    break;
                case '"':
                    known &= Quoted(word);
                    break;
                case '$' or '`':
                    known = false;
                    Expansion(c);
                    break;
                default:
                    word.Append(c);
                    break;
            }
        }

        _at = _at == start ? _at + 1 : _at;
        return known ? word.ToString() : null;
    }

    private bool Quoted(StringBuilder word)
    {
        var known = true;
        while (_at < text.Length && text[_at] != '"')
        {
            var c = text[_at++];
            if (c == '\\' && _at < text.Length)
            {
                word.Append(text[_at++]);
            }
            else if (c is '$' or '`')
            {
                known = false;
                Expansion(c);
            }
            else
            {
                word.Append(c);
            }
        }

        _at++;
        return known;
    }

    // What stands in "$(...)" and backticks is run too, and its output is judged.
    private void Expansion(char opening)
    {
        var (open, close) =
            opening == '`' ? ('\0', '`')
            : _at < text.Length && text[_at] == '(' ? ('(', ')')
            : _at < text.Length && text[_at] == '{' ? ('{', '}')
            : ('\0', '\0');
        if (close == '\0')
        {
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || "_@*#?".Contains(text[_at], StringComparison.Ordinal)))
            {
                _at++;
            }

            return;
        }

        var from = _at;
        for (var depth = open == '\0' ? 1 : 0; _at < text.Length; _at++)
        {
            depth +=
                text[_at] == open ? 1
                : text[_at] == close ? -1
                : 0;
            if (depth == 0)
            {
                break;
            }
        }

        var inner = text[Math.Min(text.Length, from + (open == '\0' ? 0 : 1))..Math.Min(_at, text.Length)];
        _at = Math.Min(text.Length, _at + 1);
        if (open != '{' && _directory is not null && inner.Length < text.Length)
        {
            _commands.AddRange(
                Read(inner, _directory).Take(MostCommands - Math.Min(MostCommands, _commands.Count)).Select(c => c with { IsPiped = true })
            );
        }
    }

    private void Add(List<string?> words, bool isPiped)
    {
        var from = 0;
        while (from < words.Count && words[from] is { } keyword && Keywords.Contains(keyword))
        {
            from++;
        }

        var environment = new Dictionary<string, string>(_exported, StringComparer.Ordinal);
        var rest = words.Skip(from).ToList();
        if (rest is ["export", ..])
        {
            Assign(_exported, rest.Skip(1));
            return;
        }

        var assigned = Assign(environment, rest);
        rest = [.. rest.Skip(assigned)];
        if (rest.Count == 0)
        {
            Assign(_exported, words.Skip(from));
        }
        else if (rest is ["cd" or "pushd", ..])
        {
            _directory = rest.FirstOrDefault(w => w is not ("cd" or "pushd" or "--"), "") is { } to ? Resolve(_directory, to) : null;
        }
        else if (rest[0] is not ("for" or "case" or "function") && !(rest[0] is { } end && Ends.Contains(end)))
        {
            _commands.Add(new ShellCommand(rest, _directory, isPiped, environment));
        }
    }

    private static int Assign(Dictionary<string, string> environment, IEnumerable<string?> words)
    {
        var count = 0;
        foreach (var word in words)
        {
            var equals = word?.IndexOf('=', StringComparison.Ordinal) ?? -1;
            if (equals <= 0 || !word![..equals].All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                break;
            }

            environment[word![..equals]] = word[(equals + 1)..];
            count++;
        }

        return count;
    }

    private bool Follows(string what) => string.CompareOrdinal(text, _at, what, 0, what.Length) == 0;

    private void Skip(string what)
    {
        while (_at < text.Length && (what.Contains(text[_at], StringComparison.Ordinal) || (text[_at] == '\\' && Follows("\\\n"))))
        {
            _at += text[_at] == '\\' ? 2 : 1;
        }
    }
}
