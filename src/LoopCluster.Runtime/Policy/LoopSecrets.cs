using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Policy;

/// <summary>
/// What must not show up in what is kept of one loop: the process's secrets, and the keys and headers of the loop's own models, whose
/// variables a spec or a models file of another process may have named.
/// </summary>
internal sealed class LoopSecrets(SecretRedactor process)
{
    private IReadOnlyList<string> _values = [];
    private SecretRedactor? _redactor;

    /// <summary>
    /// Reads the variables each time: a rotated key is taken up, and the old one is no longer sent, so nothing can echo it.
    /// </summary>
    public SecretRedactor Of(IEnumerable<ModelBinding> models)
    {
        var values = models
            .SelectMany(VariablesOf)
            .Distinct(StringComparer.Ordinal)
            .Select(name => Environment.GetEnvironmentVariable(name)?.Trim())
            .OfType<string>()
            .Where(value => value.Length >= SecretRedactor.ShortestSecret)
            .Order(StringComparer.Ordinal)
            .ToList();
        if (_redactor is null || !values.SequenceEqual(_values))
        {
            (_values, _redactor) = (values, process.With(values));
        }

        return _redactor;
    }

    private static IEnumerable<string> VariablesOf(ModelBinding model) =>
        [.. model.KeyEnv is { } key ? [key] : Array.Empty<string>(), .. model.Dialect?.HeaderVariables() ?? []];
}
