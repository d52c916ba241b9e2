using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>A state as canonical text: every property, sets and dictionaries in order. Equal text means equal state.</summary>
internal static class StateDump
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    public static string Of(LoopState state)
    {
        var text = new StringBuilder();
        Write(text, state);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append(JsonSerializer.Serialize(s));
                break;
            case JsonElement json:
                text.Append(json.GetRawText());
                break;
            case DateTimeOffset at:
                text.Append(at.UtcTicks);
                break;
            case double number:
                text.Append(number.ToString("R", CultureInfo.InvariantCulture));
                break;
            case LoopId id:
                text.Append(id.Value);
                break;
            case IFormattable plain when value.GetType().IsPrimitive || value.GetType().IsEnum || value is decimal or TimeSpan or DateOnly:
                text.Append(plain.ToString(null, CultureInfo.InvariantCulture));
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case Engine.Ledger.LedgerHash hash:
                text.Append(hash.ToString());
                break;
            case IDictionary pairs:
                WriteSorted(text, pairs.Keys.Cast<object>().Select(k => (k.ToString()!, pairs[k])));
                break;
            case IEnumerable items when value.GetType().Name.Contains("HashSet", StringComparison.Ordinal):
                WriteSorted(text, items.Cast<object>().Select(i => (i.ToString()!, (object?)null)));
                break;
            case IEnumerable items:
                WriteList(text, items);
                break;
            default:
                WriteObject(text, value);
                break;
        }
    }

    private static void WriteList(StringBuilder text, IEnumerable items)
    {
        text.Append('[');
        foreach (var item in items)
        {
            Write(text, item);
            text.Append(',');
        }

        text.Append(']');
    }

    private static void WriteSorted(StringBuilder text, IEnumerable<(string Key, object? Value)> pairs)
    {
        text.Append('{');
        foreach (var (key, value) in pairs.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            text.Append(key).Append('=');
            Write(text, value);
            text.Append(',');
        }

        text.Append('}');
    }

    private static void WriteObject(StringBuilder text, object value)
    {
        var type = value.GetType();
        var properties = Properties.GetOrAdd(type, static t =>
            [
                .. t.GetProperties()
                    .Where(p => p.GetIndexParameters().Length == 0 && p.Name != "EqualityContract")
                    .OrderBy(p => p.Name, StringComparer.Ordinal),
            ]
        );
        text.Append(type.Name).Append('(');
        foreach (var property in properties)
        {
            text.Append(property.Name).Append(':');
            Write(text, property.GetValue(value));
            text.Append(';');
        }

        text.Append(')');
    }
}
