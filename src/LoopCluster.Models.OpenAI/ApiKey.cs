using LoopCluster.Engine.Events;

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

        // A file read into a variable tends to bring its newline along.
        var value = Environment.GetEnvironmentVariable(variable)?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            fault = $"the environment variable {variable}, which should hold its key, is not set. Set it where loopcluster runs, or remove keyEnv.";
            return null;
        }

        if (value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            fault = $"the environment variable {variable} holds characters that no key has (spaces, line breaks or non-ASCII). Set it to the bare key.";
            return null;
        }

        return new ApiKey(value);
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
