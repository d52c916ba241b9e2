using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Specs;

/// <summary>
/// Reads a document a person wrote, YAML or JSON, as JSON. Plain scalars are typed by the YAML 1.2 core schema (<c>yes</c> is text,
/// <c>0o17</c> a number); aliases are copied; merge keys, application tags, duplicate keys, <c>.inf</c> and <c>.nan</c> are faults.
/// </summary>
public static class YamlJson
{
    /// <summary>Most bytes of a document: 2 MiB.</summary>
    public const int SizeLimit = 2 * 1024 * 1024;

    /// <summary>Most nested lists and mappings.</summary>
    public const int DepthLimit = 64;

    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly System.Buffers.SearchValues<char> _control = System.Buffers.SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Append(0x7F).Select(c => (char)c).Except(['\t', '\n', '\r']),
    ]);

    private static readonly JsonDocumentOptions _strictJson = new() { MaxDepth = DepthLimit, AllowDuplicateProperties = false };

    /// <summary>Decodes UTF-8 (a byte order mark is dropped) and parses.</summary>
    /// <inheritdoc cref="Parse(string, string)"/>
    public static JsonElement Parse(ReadOnlySpan<byte> utf8, string code = "yaml-invalid")
    {
        CheckSize(utf8.Length, code);
        try
        {
            return Parse(_strictUtf8.GetString(utf8), code);
        }
        catch (DecoderFallbackException fault)
        {
            throw new BadInputException(
                code,
                "",
                utf8 is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]
                    ? "line 1: the document is UTF-16. Save it as UTF-8."
                    : $"line {1 + utf8[..fault.Index].Count((byte)'\n')}: the document is not UTF-8: byte {fault.Index} does not fit. Save it as UTF-8, or name another file if it is no text."
            );
        }
    }

    /// <summary>The document as JSON; an empty one is <c>null</c>.</summary>
    /// <param name="code">Code of the exception, so that a caller's faults have one code.</param>
    /// <exception cref="BadInputException">One fault, with line and column, counted from 1.</exception>
    public static JsonElement Parse(string text, string code = "yaml-invalid")
    {
        ArgumentNullException.ThrowIfNull(text);
        // A string has at most as many chars as bytes, so the cheap check comes first.
        CheckSize(text.Length, code);
        CheckSize(CountBytes(text, code), code);
        text = text.TrimStart('\uFEFF');
        CheckText(text, code);

        // JSON is nearly YAML, not quite (tabs, surrogate pairs, deep lines): what is JSON is read as JSON. Whatever is wrong with it is
        // then told by the YAML reader, which knows line and column.
        return TryParseJson(text, out var json) ? json : YamlReader.Read(text, code);
    }

    private static bool TryParseJson(string text, out JsonElement json)
    {
        json = default;
        var start = text.AsSpan().TrimStart();
        if (start.IsEmpty || start[0] is not ('{' or '['))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(text, _strictJson);
            JsonText.ReadAll(document.RootElement);
            json = document.RootElement.Clone();
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON, or with a fault: the YAML reader decides and says where.
            return false;
        }
    }

    private static int CountBytes(string text, string code)
    {
        try
        {
            return _strictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException fault)
        {
            throw new BadInputException(code, "", $"The document is not Unicode text: half a surrogate pair at character {fault.Index}.");
        }
    }

    /// <summary>A program or picture may well be UTF-8, and YAML has no place for what is in it.</summary>
    private static void CheckText(string text, string code)
    {
        var at = text.AsSpan().IndexOfAny(_control);
        if (at >= 0)
        {
            throw new BadInputException(
                code,
                "",
                $"line {1 + text.AsSpan(0, at).Count('\n')}: the document has a control character (U+{(int)text[at]:X4}) and is probably no text. Name another file, or write the character as \\u{(int)text[at]:x4} in double quotes."
            );
        }
    }

    private static void CheckSize(int bytes, string code)
    {
        if (bytes > SizeLimit)
        {
            throw new BadInputException(
                code,
                "",
                $"The document has more than {SizeLimit / 1024 / 1024} MiB. Put large content into files of its own."
            );
        }
    }
}
