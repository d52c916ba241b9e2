using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>What every binding must hold, wherever it was named, and the defaults.</summary>
internal static class BindingRules
{
    /// <exception cref="BadInputException"><c>models-invalid</c>.</exception>
    public static ModelBinding Bind(string path, string name, ModelSpec spec)
    {
        var faults = new SpecFaults();
        var binding = Bind(faults, path, name, spec);
        faults.ThrowIfAny(CatalogParser.Code);
        return binding;
    }

    public static ModelBinding Bind(SpecFaults faults, string path, string name, ModelSpec spec)
    {
        if (spec.Url is { } url && UrlFault(url) is { } fault)
        {
            faults.Add($"{path}.url", fault);
        }

        foreach (var (replica, i) in (spec.Replicas ?? []).Select((r, i) => (r, i)))
        {
            if (UrlFault(replica) is { } wrong)
            {
                faults.Add(FormattableString.Invariant($"{path}.replicas[{i}]"), wrong);
            }
        }

        if (string.IsNullOrEmpty(spec.Model))
        {
            faults.Add($"{path}.model", "is missing: the id the endpoint knows the model by");
        }

        // The value is not repeated: a person who took the field for the key itself would find it in a log.
        if (spec.KeyEnv is { } variable && !IsVariableName(variable))
        {
            faults.Add($"{path}.keyEnv", "must be the name of an environment variable (A-Z, a-z, 0-9, _), not the key itself");
        }

        var window = spec.Window ?? ModelCatalog.DefaultWindow;
        var maxTokens = spec.MaxTokens ?? Math.Min(ModelCatalog.DefaultMaxTokens, Math.Max(1, window / 2));
        if (maxTokens < 1 || maxTokens >= window)
        {
            faults.Add($"{path}.maxTokens", $"must be at least 1 and leave room for a prompt in the window of {window} tokens");
        }

        if (spec.Concurrency is < 1)
        {
            faults.Add($"{path}.concurrency", "must be at least 1");
        }

        return new ModelBinding
        {
            Name = name,
            Url = spec.Url?.TrimEnd('/'),
            Replicas = spec.Replicas is { } replicas ? [.. replicas.Select(r => r.TrimEnd('/'))] : null,
            Model = spec.Model ?? "",
            KeyEnv = spec.KeyEnv,
            Window = window,
            MaxTokens = maxTokens,
            Price = spec.Price ?? new ModelPrice(),
            Unpriced = spec.Price is null && spec.Url is not null,
            Family = spec.Family,
            Concurrency = spec.Concurrency ?? ModelCatalog.DefaultConcurrency,
            Stream = spec.Stream ?? false,
            Dialect = spec.Dialect,
        };
    }

    private static string? UrlFault(string url)
    {
        if (
            !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.Host.Length == 0
        )
        {
            return "must be an http or https URL, for example http://localhost:8000/v1";
        }

        if (uri.UserInfo.Length > 0)
        {
            return "must not hold a user or password; put the key into an environment variable and name that as keyEnv";
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            return "must not have a query or fragment; requests go to URL/chat/completions";
        }

        return uri.AbsolutePath.TrimEnd('/').EndsWith("/chat/completions", StringComparison.OrdinalIgnoreCase)
            ? "must end before /chat/completions, which is added to it"
            : null;
    }

    private static bool IsVariableName(string text) =>
        text.Length is > 0 and <= 128 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
