using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Network;

namespace LoopCluster.Workspaces.Import;

/// <summary>
/// Where git may go for a spec that came over the network. The name is resolved here, every address is judged, and git is told to use
/// exactly these: what the name resolves to a moment later does not matter.
/// </summary>
/// <param name="Resolve">Git's <c>http.curloptResolve</c>; null when the address itself was given.</param>
/// <param name="PassOn">Environment variables git may see.</param>
internal sealed partial record RemotePin(string? Resolve, IReadOnlyList<string> PassOn)
{
    private const string NotAllowed = "spec-path-not-allowed";
    private const string Path = "workspace.git";

    /// <exception cref="BadInputException"><c>spec-path-not-allowed</c>. A name that does not resolve is told like one that resolves to the
    /// inside.</exception>
    public static async Task<RemotePin> OfAsync(
        string url,
        WorkspaceOptions options,
        Func<string, CancellationToken, Task<IPAddress[]>> resolve,
        CancellationToken cancellationToken
    )
    {
        var (uri, literal, trusted) = CheckWritten(url, options);
        var host = uri.IdnHost;
        var addresses = literal ? [IPAddress.Parse(host)] : await ResolveAsync(host, resolve, cancellationToken);
        if (addresses.Length == 0 || (!trusted && !addresses.All(PublicAddress.Is)))
        {
            throw NotPublic();
        }

        var pinned = string.Join(",", addresses.Select(a => a.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{a}]" : a.ToString()));
        // A proxy would resolve the name once more, in its own way.
        return new RemotePin(
            literal ? null : string.Create(CultureInfo.InvariantCulture, $"{host}:{uri.Port}:{pinned}"),
            [.. options.FetchEnvironment.Where(v => !v.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase) && v != "SSH_AUTH_SOCK")]
        );
    }

    /// <summary>What can be told without asking anybody for a name.</summary>
    /// <exception cref="BadInputException"><c>spec-path-not-allowed</c>.</exception>
    public static (Uri Uri, bool IsLiteral, bool IsTrusted) CheckWritten(string url, WorkspaceOptions options)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new BadInputException(
                NotAllowed,
                Path,
                "must be an https:// URL: over ssh the server's own keys would be used for anybody's repository"
            );
        }

        // As written, not as a URL parser mends it: git is given the text, and reads 0177.0.0.1, 2130706433 and the like in its own way.
        var literal = uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6;
        if (!PlainHost().IsMatch(url) || (literal && !url.StartsWith($"https://{uri.Host}", StringComparison.OrdinalIgnoreCase)))
        {
            throw new BadInputException(
                NotAllowed,
                Path,
                "must name its host plainly, such as https://git.example.org/team/repository.git"
            );
        }

        var host = uri.IdnHost;
        var trusted = options.PrivateGitHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
        if (!trusted && (literal ? !PublicAddress.Is(IPAddress.Parse(host)) : NeverPublic().IsMatch(host)))
        {
            throw NotPublic();
        }

        return (uri, literal, trusted);
    }

    private static BadInputException NotPublic() =>
        new(
            NotAllowed,
            Path,
            "the host does not resolve to public addresses, and only to such; ask the operator to allow it by name (LoopCluster:Workspaces:PrivateGitHosts)"
        );

    private static async Task<IPAddress[]> ResolveAsync(
        string host,
        Func<string, CancellationToken, Task<IPAddress[]>> resolve,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await resolve(host, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>
    /// Letters, digits, dots and dashes, or an IPv6 address in brackets; a port; a path. No user, no escapes, no characters of other
    /// scripts.
    /// </summary>
    [GeneratedRegex(@"^https://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?/")]
    private static partial Regex PlainHost();

    /// <summary>Names that stand for this machine or for none, whoever is asked (RFC 6761).</summary>
    [GeneratedRegex(@"(?:^|\.)(?:localhost|invalid)\.?$", RegexOptions.IgnoreCase)]
    private static partial Regex NeverPublic();
}
