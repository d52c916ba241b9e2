using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Models.OpenAI;

/// <summary>
/// The key of a call, read from the environment as late as possible so that a rotated key is taken up. It is in no log and no message:
/// <see cref="Redact"/> is the way out for every text an endpoint wrote.
/// </summary>
internal readonly record struct ApiKey(string? Value)
{
    /// <summary>Values of headers that came from variables.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    public const string Redacted = "[redacted]";

    /// <summary>Reads the variable a binding names. Returns null and a fault when there is no usable value.</summary>
    public static ApiKey? Read(ModelBinding model, out string? fault)
    {
        fault = null;
        if (model.KeyEnv is not { } variable)
        {
            return new ApiKey(null);
        }

        var value = Environment.GetEnvironmentVariable(variable);
        fault = KeyRules.Fault(variable, value);
        return fault is null ? new ApiKey(KeyRules.Trim(value)) : null;
    }

    public string Redact(string text)
    {
        text = Value is null ? text : text.Replace(Value, Redacted, StringComparison.Ordinal);
        foreach (var header in Headers ?? [])
        {
            text = text.Replace(header, Redacted, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Not the record's own, which would print the key.</summary>
    public override string ToString() => Value is null ? "none" : Redacted;
}
