using System.Text.Json;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Runtime.Models;

/// <summary>Reads members of a document and collects every fault with its path, so that a person mends a file once.</summary>
internal sealed class DocumentReader(string code)
{
    /// <summary>A hostile document could otherwise have a million.</summary>
    private const int MostFaults = 100;

    private readonly List<InputFault> _faults = [];
    private int _untold;

    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    public void Fail(string path, string message)
    {
        if (_faults.Count < MostFaults)
        {
            _faults.Add(new InputFault(path, message));
        }
        else
        {
            _untold++;
        }
    }

    /// <exception cref="BadInputException">There was a fault.</exception>
    public void ThrowIfFaulty()
    {
        if (_faults.Count > 0)
        {
            throw new BadInputException(code, _untold == 0 ? _faults : [.. _faults, new InputFault("", $"and {_untold} more faults")]);
        }
    }

    /// <summary>True when the element is a mapping; keys other than <paramref name="known"/> are faults.</summary>
    public bool IsMapping(JsonElement element, string path, params ReadOnlySpan<string> known)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fail(path, $"must be a mapping with {string.Join(", ", known)}");
            return false;
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                Fail(Join(path, property.Name), $"is not a known key; known are {string.Join(", ", known)}");
            }
        }

        return true;
    }

    public string? Text(JsonElement mapping, string path, string key)
    {
        if (!Has(mapping, key, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string>(path, key, "must be text (quote it)");
    }

    public string? RequiredText(JsonElement mapping, string path, string key)
    {
        if (!Has(mapping, key, out _))
        {
            return Wrong<string>(path, key, "is missing");
        }

        var text = Text(mapping, path, key);
        return text is { Length: 0 } ? Wrong<string>(path, key, "is empty") : text;
    }

    public int? Number(JsonElement mapping, string path, string key, int min, int max)
    {
        if (!Has(mapping, key, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(Join(path, key), $"must be a whole number from {min} to {max}");
        return null;
    }

    public decimal? Amount(JsonElement mapping, string path, string key)
    {
        if (!Has(mapping, key, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var amount) && amount is >= 0 and <= 1_000_000)
        {
            return amount;
        }

        Fail(Join(path, key), "must be a number from 0 to 1000000");
        return null;
    }

    public bool? Flag(JsonElement mapping, string path, string key)
    {
        if (!Has(mapping, key, out var value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Fail(Join(path, key), "must be true or false");
        return null;
    }

    /// <summary>A key without a value is a fault: whoever wrote it meant something.</summary>
    /// <param name="except">A key whose value is somebody else's business.</param>
    public void RequireValues(JsonElement element, string path, string except)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var property in element.EnumerateObject().Where(p => p.Name != except))
        {
            if (property.Value.ValueKind == JsonValueKind.Null)
            {
                Fail(Join(path, property.Name), "has no value: give one or leave the key out");
            }

            RequireValues(property.Value, Join(path, property.Name), except);
        }
    }

    /// <summary>A key without a value (<c>role:</c>) counts as absent.</summary>
    public static bool Has(JsonElement mapping, string key, out JsonElement value) =>
        mapping.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    private T? Wrong<T>(string path, string key, string message)
        where T : class
    {
        Fail(Join(path, key), message);
        return null;
    }
}
