using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// One JSON object being read, of a spec, a models file, a policy or a script. Every getter returns null when the key is absent or its
/// value faulty (and then noted); <see cref="Close"/> faults each key that nobody asked for.
/// </summary>
#pragma warning disable CA1720 // Getters are named for what a document holds.
public sealed class SpecObject
{
    /// <summary>Keys of one object; the inline files of a workspace are the most anybody needs.</summary>
    private const int MostKeys = 10_001;

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _present = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];

    private SpecObject(JsonElement element, string path, SpecFaults faults)
    {
        Element = element;
        Path = path;
        Faults = faults;
    }

    /// <summary>The object itself, for readers shared with other documents.</summary>
    public JsonElement Element { get; }

    public string Path { get; }

    public SpecFaults Faults { get; }

    public IEnumerable<string> Keys => _present;

    /// <param name="isNullAbsent">A key without a value counts as absent; by default it is a fault, since whoever wrote it meant
    /// something.</param>
    public static SpecObject? Open(JsonElement element, string path, SpecFaults faults, bool isNullAbsent = false)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, $"must be an object with keys, not {Kind(element)}");
            return null;
        }

        var opened = new SpecObject(element, path, faults);
        if (element.GetPropertyCount() > MostKeys)
        {
            faults.Add(path, $"has {element.GetPropertyCount()} keys, the most is {MostKeys - 1}");
            return null;
        }

        foreach (var property in element.EnumerateObject())
        {
            opened.Include(property, isNullAbsent);
        }

        return opened;
    }

    private void Include(JsonProperty property, bool isNullAbsent)
    {
        string name;
        try
        {
            name = property.Name;
        }
        catch (InvalidOperationException)
        {
            // JSON may escape half a surrogate pair; .NET refuses to make a string of it.
            Faults.Add(Path, "a key is not valid Unicode");
            return;
        }

        if (!_present.Add(name))
        {
            Faults.Add(At(name), "is given twice");
        }
        else if (property.Value.ValueKind != JsonValueKind.Null)
        {
            _values.Add(name, property.Value);
        }
        else if (!isNullAbsent)
        {
            Faults.Add(At(name), "has no value: give one or leave the key out");
        }
    }

    public string At(string key)
    {
        var plain = key.Length is > 0 and <= 60 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        return plain ? (Path.Length == 0 ? key : $"{Path}.{key}") : $"{Path}[{SpecFaults.Quote(key)}]";
    }

    public bool Has(string key) => _present.Contains(key);

    public void Require(string key, string why)
    {
        if (!Has(key))
        {
            Faults.Add(At(key), $"missing: {why}");
        }
    }

    public JsonElement? Value(string key)
    {
        _known.Add(key);
        return _values.TryGetValue(key, out var value) ? value : null;
    }

    /// <summary>The key holds this word and not what else may stand there.</summary>
    public bool Is(string key, string word) => Value(key) is { ValueKind: JsonValueKind.String } text && Decode(text) == word;

    public SpecObject? Object(string key) => Value(key) is { } value ? Open(value, At(key), Faults) : null;

    /// <summary>The elements of an array with their paths.</summary>
    public IReadOnlyList<(string Path, JsonElement Value)> Array(string key, int most)
    {
        if (Value(key) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Faults.Add(At(key), $"must be a list, not {Kind(value)}");
            return [];
        }

        if (value.GetArrayLength() > most)
        {
            Faults.Add(At(key), $"has {value.GetArrayLength()} entries, the most is {most}");
            return [];
        }

        return [.. value.EnumerateArray().Select((element, index) => ($"{At(key)}[{index}]", element))];
    }

    /// <summary>Text of any length, also none.</summary>
    public string? AnyText(string key)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && Decode(value) is { } text)
        {
            return text;
        }

        Faults.Add(At(key), $"must be text, not {Kind(value)} (quote it)");
        return null;
    }

    public string? Text(string key, int maxBytes, Func<string, string?>? check = null) =>
        Value(key) is { } value ? Text(value, At(key), maxBytes, Faults, check) : null;

    public IReadOnlyList<string> Texts(string key, int most, int maxBytes, Func<string, string?> check) =>
        [.. Array(key, most).Select(item => Text(item.Value, item.Path, maxBytes, Faults, check)).OfType<string>()];

    /// <summary>
    /// Text that is not blank, without NUL, at most <paramref name="maxBytes"/> long in UTF-8; <paramref name="check"/> returns what is
    /// wrong or null.
    /// </summary>
    public static string? Text(JsonElement value, string path, int maxBytes, SpecFaults faults, Func<string, string?>? check)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            var quotes = value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? "; put it in quotes" : "";
            faults.Add(path, $"must be text, not {Kind(value)}{quotes}");
            return null;
        }

        if (Decode(value) is not { } text)
        {
            faults.Add(path, "is not valid Unicode");
            return null;
        }

        var fault =
            string.IsNullOrWhiteSpace(text) ? "must not be empty"
            : text.Contains('\0', StringComparison.Ordinal) ? "must not contain the character NUL"
            : Encoding.UTF8.GetByteCount(text) > maxBytes ? $"is longer than {Bytes(maxBytes)}"
            : check?.Invoke(text);
        if (fault is null)
        {
            return text;
        }

        faults.Add(path, fault);
        return null;
    }

    /// <summary>Null when the text holds half a surrogate pair.</summary>
    public static string? Decode(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public int? Integer(string key, int min, int max) => (int?)Long(key, min, max);

    public long? Long(string key, long min, long max)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Faults.Add(At(key), string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}"));
        return null;
    }

    public double? Number(string key, double min, double max)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Faults.Add(At(key), string.Create(CultureInfo.InvariantCulture, $"must be a number from {min} to {max}"));
        return null;
    }

    public decimal? Money(string key, decimal max)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= 0 && number <= max)
        {
            return number;
        }

        Faults.Add(At(key), string.Create(CultureInfo.InvariantCulture, $"must be a number from 0 to {max}"));
        return null;
    }

    public bool? Flag(string key)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Faults.Add(At(key), "must be true or false");
        return null;
    }

    public Duration? Length(string key, Duration min, Duration max)
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || !Duration.TryParse(Decode(value), out var duration))
        {
            Faults.Add(At(key), "must be a length of time such as 90s, 10m or 2h");
            return null;
        }

        if (duration.Value >= min.Value && duration.Value <= max.Value)
        {
            return duration;
        }

        Faults.Add(At(key), $"must be from {min} to {max}");
        return null;
    }

    public T? Choice<T>(string key, params (string Name, T Value)[] choices)
        where T : struct
    {
        if (Value(key) is not { } value)
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? Decode(value) : null;
        foreach (var choice in choices)
        {
            if (choice.Name == text)
            {
                return choice.Value;
            }
        }

        Faults.Add(At(key), $"must be {string.Join(" or ", choices.Select(choice => choice.Name))}");
        return null;
    }

    /// <summary>Faults every key nobody asked for.</summary>
    public void Close()
    {
        foreach (var key in _present.Where(key => !_known.Contains(key)))
        {
            if (Faults.IsFull)
            {
                Faults.Add(Path, "");
                continue;
            }

            var near = DidYouMean.Find(key, _known);
            Faults.Add(
                At(key),
                near is null ? $"unknown key; known here: {string.Join(", ", _known)}" : $"unknown key; did you mean '{near}'?"
            );
        }
    }

    internal static string Bytes(long bytes) =>
        bytes switch
        {
            >= 1 << 20 when bytes % (1 << 20) == 0 => $"{bytes >> 20} MiB",
            >= 1 << 10 when bytes % (1 << 10) == 0 => $"{bytes >> 10} KiB",
            _ => $"{bytes} bytes",
        };

    internal static string Kind(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "text",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "true or false",
            _ => "nothing",
        };
}
