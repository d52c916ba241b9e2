using System.Text.RegularExpressions;

namespace LoopCluster.Workspaces.Import;

/// <summary>Addresses a base may be fetched from: https, ssh (also as <c>user@host:path</c>), and files when allowed.</summary>
internal static partial class RemoteUrl
{
    /// <summary>What git may use for this address (GIT_ALLOW_PROTOCOL), or null when it is not allowed.</summary>
    public static string? Protocol(string url, bool allowFiles)
    {
        if (url.Length == 0 || url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            return null;
        }

        if (ShortSsh().IsMatch(url))
        {
            return "ssh";
        }

        // A host that starts with a dash would become an option of ssh.
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && !uri.Host.StartsWith('-') && !uri.UserInfo.StartsWith('-')
            ? uri.Scheme switch
            {
                "https" when uri.Host.Length > 0 && url.StartsWith("https://", StringComparison.Ordinal) => "https",
                "ssh" when uri.Host.Length > 0 && url.StartsWith("ssh://", StringComparison.Ordinal) => "ssh",
                "file" when allowFiles && url.StartsWith("file:///", StringComparison.Ordinal) => "file",
                _ => null,
            }
            : null;
    }

    /// <summary>Without user and password, for messages.</summary>
    public static string Redact(string text) => Credentials().Replace(text, "://***@");

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9._~/][A-Za-z0-9._~/+-]*$")]
    private static partial Regex ShortSsh();

    [GeneratedRegex("://[^/@\\s]+@")]
    private static partial Regex Credentials();
}
