using System.Collections;

namespace LoopCluster.Runtime.Policy;

/// <summary>Names of environment variables whose values must not show up in ledger, log or audit.</summary>
public static class SecretNames
{
    private static readonly string[] Endings = ["API_KEY", "_TOKEN", "_SECRET", "_PASSWORD"];

    /// <summary>
    /// The named ones, and those of this process that are called like secrets: another process may hand over a spec that uses them.
    /// </summary>
    public static IEnumerable<string> With(IEnumerable<string?> named)
    {
        var own = Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(e => (string)e.Key)
            .Where(name => Array.Exists(Endings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));
        return named.OfType<string>().Concat(own).Distinct(StringComparer.Ordinal);
    }
}
