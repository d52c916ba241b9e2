using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Models.OpenAI;

/// <summary>The headers a model's dialect adds, those of variables read as late as keys are.</summary>
internal static class ExtraHeaders
{
    private static readonly Dictionary<string, string> _none = [];

    /// <returns>Null and a fault when a variable holds nothing usable.</returns>
    public static IReadOnlyDictionary<string, string>? Read(ModelBinding model, out string? fault)
    {
        fault = null;
        if (model.Dialect?.ExtraHeaders is not { Count: > 0 } headers)
        {
            return _none;
        }

        var read = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, source) in headers)
        {
            var value = source.Env is { } variable ? Environment.GetEnvironmentVariable(variable)?.Trim() : source.Value;
            fault = KeyRules.HeaderFault(source.Env, name, value);
            if (fault is not null)
            {
                return null;
            }

            read[name] = value!;
        }

        return read;
    }

    /// <summary>Values that came from variables: never in a message.</summary>
    public static IReadOnlyList<string> Secrets(ModelBinding model, IReadOnlyDictionary<string, string> headers) =>
        headers.Count == 0 ? [] : [.. model.Dialect!.ExtraHeaders!.Where(h => h.Value.Env is not null).Select(h => headers[h.Key])];
}
