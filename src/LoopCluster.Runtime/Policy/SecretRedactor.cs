using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LoopCluster.Runtime.Policy;

/// <summary>
/// Replaces secrets by <c>[redacted]</c> before anything is stored: the values of named environment variables, as they are and as JSON,
/// URLs and base64 write them, and well-known forms of tokens and private keys. It is a net under the rule that no secret enters a sandbox,
/// not a wall: what encodes a secret on purpose gets through.
/// </summary>
public sealed partial class SecretRedactor
{
    /// <summary>
    /// Shorter values (such as <c>EMPTY</c>, which local servers take for a key) protect nothing, and their replacement would garble
    /// output.
    /// </summary>
    public const int ShortestSecret = 6;

    private const int Chunk = 32 * 1024;
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly byte[] Mark = "[redacted]"u8.ToArray();

    private readonly string[] _values;
    private readonly byte[][] _secrets;
    private readonly SearchValues<string> _starts;
    private readonly int _longestStart;

    /// <param name="secrets">Values; null and short ones are left out.</param>
    public SecretRedactor(IEnumerable<string?> secrets)
    {
        // The longest first: one secret may begin with another.
        _values = [.. secrets.OfType<string>()];
        _secrets =
        [
            .. _values.SelectMany(Lines).SelectMany(Forms).Distinct().Select(Encoding.UTF8.GetBytes).OrderByDescending(form => form.Length),
        ];

        // Bytes are searched as Latin-1 characters: one for one, so that positions agree and nothing is decoded.
        string[] starts =
        [
            .. _secrets.Select(Encoding.Latin1.GetString),
            .. SecretPattern.All.Select(pattern => pattern.Prefix),
            PrivateKey.Begin,
        ];
        _starts = SearchValues.Create(starts, StringComparison.Ordinal);
        _longestStart = starts.Max(start => start.Length);
    }

    /// <summary>The secrets in these environment variables, those that are set.</summary>
    public static SecretRedactor ForVariables(IEnumerable<string> names, Func<string, string?>? read = null) =>
        new(names.Select(read ?? Environment.GetEnvironmentVariable));

    /// <summary>The same with further secrets.</summary>
    public SecretRedactor With(IReadOnlyCollection<string> more) => more.Count == 0 ? this : new SecretRedactor([.. _values, .. more]);

    /// <summary>The same memory when there is nothing to redact.</summary>
    public ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> text)
    {
        var output = Scan(text.Span);
        return output is null ? text : output.WrittenMemory;
    }

    /// <summary>The same string when there is nothing to redact.</summary>
    public string Redact(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var output = Scan(utf8);
        return output is null ? text : Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>
    /// JSON text, valid or not, as it came when there is nothing to redact. Escapes hide nothing: strings are looked at after they are
    /// undone.
    /// </summary>
    public string RedactJson(string json)
    {
        var plain = Redact(json);
        if (!plain.Contains("\\u", StringComparison.OrdinalIgnoreCase))
        {
            return plain;
        }

        try
        {
            var element = JsonElement.Parse(plain);
            var buffer = new ArrayBufferWriter<byte>();
            var found = false;
            using (var writer = new Utf8JsonWriter(buffer, Readable))
            {
                Write(element, writer, ref found);
            }

            return found ? Encoding.UTF8.GetString(buffer.WrittenSpan) : plain;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON, so nobody undoes its escapes but to look at it: then it may be shown undone as well.
            var undone = Escape()
                .Replace(plain, match =>
                    ((char)ushort.Parse(match.ValueSpan[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString()
                );
            var redacted = Redact(undone);
            return ReferenceEquals(redacted, undone) ? plain : redacted;
        }
    }

    /// <summary>JSON for the audit log with every string and key redacted after its escapes are undone.</summary>
    public JsonElement Redact(JsonElement json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var found = false;
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(json, writer, ref found);
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>Of visible ASCII, which is what keys are made of.</summary>
    [GeneratedRegex(@"\\u00[2-7][0-9a-fA-F]", RegexOptions.NonBacktracking)]
    private static partial Regex Escape();

    private string Redact(string text, ref bool found)
    {
        var redacted = Redact(text);
        found |= !ReferenceEquals(redacted, text);
        return redacted;
    }

    private void Write(JsonElement json, Utf8JsonWriter writer, ref bool found)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in json.EnumerateObject())
                {
                    writer.WritePropertyName(Redact(property.Name, ref found));
                    Write(property.Value, writer, ref found);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in json.EnumerateArray())
                {
                    Write(item, writer, ref found);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Redact(json.GetString()!, ref found));
                break;
            default:
                json.WriteTo(writer);
                break;
        }
    }

    /// <summary>Null when nothing was found.</summary>
    private ArrayBufferWriter<byte>? Scan(ReadOnlySpan<byte> text)
    {
        ArrayBufferWriter<byte>? output = null;
        var chars = ArrayPool<char>.Shared.Rent(Math.Min(text.Length, Chunk + _longestStart));
        try
        {
            var (copied, chunk, next) = (0, 0, 0);
            while (chunk < text.Length)
            {
                // Chunks overlap by one start less a character, so that none is cut in two; positions before `next` are done.
                var length = Math.Min(text.Length - chunk, Chunk + _longestStart - 1);
                Encoding.Latin1.GetChars(text.Slice(chunk, length), chars);
                while (
                    next < chunk + length && chars.AsSpan(next - chunk, length - (next - chunk)).IndexOfAny(_starts) is >= 0 and var offset
                )
                {
                    var at = next + offset;
                    var secret = Length(text, at);
                    if (secret == 0)
                    {
                        next = at + 1;
                        continue;
                    }

                    output ??= new ArrayBufferWriter<byte>(text.Length);
                    output.Write(text[copied..at]);
                    output.Write(Mark);
                    copied = next = at + secret;
                }

                chunk += Chunk;
                next = Math.Max(next, chunk);
                chunk = next;
            }

            output?.Write(text[copied..]);
            return output;
        }
        finally
        {
            // The characters may hold a secret.
            ArrayPool<char>.Shared.Return(chars, clearArray: true);
        }
    }

    private int Length(ReadOnlySpan<byte> text, int at)
    {
        var rest = text[at..];
        foreach (var secret in _secrets)
        {
            if (rest.StartsWith(secret))
            {
                return secret.Length;
            }
        }

        var longest = PrivateKey.Length(rest);
        foreach (var pattern in SecretPattern.All)
        {
            if (rest.Length >= pattern.Prefix.Length && Ascii.Equals(rest[..pattern.Prefix.Length], pattern.Prefix))
            {
                longest = Math.Max(longest, pattern.Length(text, at));
            }
        }

        return longest;
    }

    /// <summary>Output shows a value of several lines (a key file) line by line, perhaps indented.</summary>
    private static IEnumerable<string> Lines(string secret) =>
        secret.Split('\n').Select(line => line.Trim()).Where(line => line.Length >= ShortestSecret);

    private static IEnumerable<string> Forms(string secret)
    {
        yield return secret;
        yield return JsonEncodedText.Encode(secret).ToString();
        yield return JsonEncodedText.Encode(secret, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
        yield return Uri.EscapeDataString(secret);

        // The last characters of base64 depend on what follows the secret.
        var bytes = Encoding.UTF8.GetBytes(secret);
        var base64 = Convert.ToBase64String(bytes).TrimEnd('=');
        yield return base64[..^1];

        // Behind one or two bytes more ("Bearer " is such) it is written in other letters, but for those that share bits with its
        // neighbours.
        foreach (var before in (int[])[1, 2])
        {
            var shifted = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=')[(before + 1)..^1];
            if (shifted.Length >= ShortestSecret)
            {
                yield return shifted;
            }
        }
    }
}
