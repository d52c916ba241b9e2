namespace LoopCluster.Engine.Specs;

/// <summary>What a key in an environment variable must be like.</summary>
public static class KeyRules
{
    /// <summary>A file read into a variable tends to bring its newline along.</summary>
    public static string? Trim(string? value) => value?.Trim();

    /// <summary>Why <paramref name="value"/> cannot be used as the key, or null. The value itself is never repeated.</summary>
    public static string? Fault(string variable, string? value) =>
        Trim(value) switch
        {
            null or "" =>
                $"the environment variable {variable}, which should hold its key, is not set. Set it where loopcluster runs, or remove keyEnv.",
            var key when key.AsSpan().ContainsAnyExceptInRange('!', '~') =>
                $"the environment variable {variable} holds characters that no key has (spaces, line breaks or non-ASCII). Set it to the bare key.",
            _ => null,
        };

    /// <summary>As <see cref="Fault"/>, for a variable that holds the header <paramref name="name"/>.</summary>
    public static string? HeaderFault(string? variable, string name, string? value) =>
        Trim(value) is not { Length: > 0 } text || text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? $"the environment variable {variable}, which should hold the header {name}, is not set or holds characters no header has. Set it where loopcluster runs, or remove it from extraHeaders."
            : null;
}
