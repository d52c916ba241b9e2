namespace LoopCluster.Runtime.Specs;

/// <summary>
/// Says what is wrong with text that a YAML scanner gave up on, and what to do, in the words of the person who wrote it. A scanner tells
/// where it could not go on, which is often far behind the fault: an open bracket is only missed at the end of the file. It is asked once a
/// document has a fault, and decides nothing.
/// </summary>
internal sealed class YamlDiagnosis
{
    private readonly string _text;
    private readonly Stack<(char Open, int Line, int Column)> _brackets = [];
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private YamlDiagnosis(string text) => _text = text;

    /// <summary>What is to be told, and where (from 1); null when the scanner's own words are best.</summary>
    /// <param name="fault">What the scanner said.</param>
    /// <param name="line">Where the scanner stopped.</param>
    public static (string Message, long Line, long Column)? Find(string text, string fault, long line, long column)
    {
        var found = new YamlDiagnosis(text).Scan();
        if (found is { } here && (here.IsSure || !fault.Contains("quoted scalar", StringComparison.Ordinal)))
        {
            return (here.Message, here.Line, here.Column);
        }

        return Words(fault) is { } words ? (words, line, column) : null;
    }

    private static string? Words(string fault) =>
        fault switch
        {
            _ when fault.Contains("quoted scalar", StringComparison.Ordinal)
                    && !fault.Contains("escape", StringComparison.Ordinal)
                    && !fault.Contains("hexadecimal", StringComparison.Ordinal) =>
                "the quote that begins here is not closed before the next key; write the closing quote at the end of the text",
            _ when fault.Contains("cannot start any token", StringComparison.Ordinal) =>
                "a value cannot begin with this character; put the whole value in quotes",
            _ when fault.Contains("invalid mapping", StringComparison.Ordinal) =>
                "there is a ': ' where none can be; put the value in quotes, or indent the key as those beside it",
            _ when fault.Contains("did not find expected key", StringComparison.Ordinal)
                    || fault.Contains("could not find expected ':'", StringComparison.Ordinal) =>
                "a line near here is no 'key: value'; write a space after the colon, and indent the keys of one mapping alike",
            _ when fault.Contains("did not find expected '-'", StringComparison.Ordinal) =>
                "a line near here is no element of the list above it; begin it with '- ', indented as the others",
            _ when fault.Contains("did not find expected ',' or", StringComparison.Ordinal) =>
                "something is missing in this list or mapping: a comma between two elements, or its closing bracket",
            _ => null,
        };

    /// <summary>Reads on as a YAML scanner would, as far as quotes, brackets, comments, block texts and indentation go.</summary>
    private (string Message, int Line, int Column, bool IsSure)? Scan()
    {
        var isValueStart = true;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (_at == _lineStart && _brackets.Count == 0 && TabInIndentation() is { } tab)
            {
                return tab;
            }

            switch (c)
            {
                case '\n':
                    EndLine();
                    isValueStart = true;
                    continue;
                case '#' when _at == _lineStart || _text[_at - 1] is ' ' or '\t':
                    SkipLine();
                    continue;
                case '"' or '\'' when isValueStart:
                    var (line, column) = (_line, Column);
                    if (!SkipQuoted(c))
                    {
                        return (
                            $"the quote {c} that begins here is never closed; write the closing {c} at the end of the text",
                            line,
                            column,
                            true
                        );
                    }

                    isValueStart = false;
                    continue;
                case '|' or '>' when isValueStart && _brackets.Count == 0 && _at > _lineStart:
                    SkipBlock();
                    isValueStart = true;
                    continue;
                case '[' or '{' when isValueStart || _brackets.Count > 0:
                    _brackets.Push((c, _line, Column));
                    isValueStart = true;
                    break;
                case ']' or '}' when _brackets.Count > 0:
                    var open = _brackets.Pop();
                    if (open.Open != (c == ']' ? '[' : '{'))
                    {
                        return (
                            $"this {c} closes nothing: the {open.Open} of line {open.Line}, column {open.Column} is still open",
                            _line,
                            Column,
                            false
                        );
                    }

                    isValueStart = false;
                    break;
                case ' ' or '\t' or '\r':
                    break;
                case ':' or '-' or '?' or ',':
                    isValueStart =
                        (c == ',' && _brackets.Count > 0) || _at + 1 == _text.Length || _text[_at + 1] is ' ' or '\t' or '\n' or '\r';
                    break;
                default:
                    isValueStart = false;
                    break;
            }

            _at++;
        }

        return _brackets.Count > 0 && _brackets.Last() is var left
            ? (
                $"the {left.Open} that opens here is never closed; write the {(left.Open == '[' ? ']' : '}')} where its content ends",
                left.Line,
                left.Column,
                false
            )
            : null;
    }

    private int Column => _at - _lineStart + 1;

    private (string Message, int Line, int Column, bool IsSure)? TabInIndentation()
    {
        for (var i = _at; i < _text.Length && _text[i] is ' ' or '\t'; i++)
        {
            if (_text[i] == '\t')
            {
                var rest = _text.AsSpan(i).TrimStart(" \t");
                return rest.IsEmpty || rest[0] is '\n' or '\r' or '#'
                    ? null
                    : (
                        "this line is indented with a tab, which YAML does not take; indent it with spaces",
                        _line,
                        i - _lineStart + 1,
                        true
                    );
            }
        }

        return null;
    }

    private bool SkipQuoted(char quote)
    {
        for (_at++; _at < _text.Length; _at++)
        {
            if (_text[_at] == '\n')
            {
                _line++;
                _lineStart = _at + 1;
            }
            else if (quote == '"' && _text[_at] == '\\')
            {
                _at++;
            }
            else if (_text[_at] == quote)
            {
                if (quote == '\'' && _at + 1 < _text.Length && _text[_at + 1] == '\'')
                {
                    _at++;
                    continue;
                }

                _at++;
                return true;
            }
        }

        return false;
    }

    /// <summary>A block text ends with the first line that has something and is indented no deeper than the line that opened it.</summary>
    private void SkipBlock()
    {
        var opened = Indent(_lineStart);
        SkipLine();
        while (_at < _text.Length)
        {
            EndLine();
            var end = _text.IndexOf('\n', _at);
            var content = _text.AsSpan(_at, (end < 0 ? _text.Length : end) - _at);
            if (!content.IsWhiteSpace() && Indent(_at) <= opened)
            {
                return;
            }

            SkipLine();
        }
    }

    private int Indent(int start)
    {
        var i = start;
        while (i < _text.Length && _text[i] == ' ')
        {
            i++;
        }

        return i - start;
    }

    private void SkipLine()
    {
        var end = _text.IndexOf('\n', Math.Min(_at, _text.Length));
        _at = end < 0 ? _text.Length : end;
    }

    private void EndLine()
    {
        _at++;
        _line++;
        _lineStart = _at;
    }
}
