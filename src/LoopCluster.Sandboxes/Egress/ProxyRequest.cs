using System.Globalization;
using System.Text;
using LoopCluster.Engine.Network;

namespace LoopCluster.Sandboxes.Egress;

/// <summary>What a client asked the proxy for.</summary>
/// <param name="Head">Null for a tunnel; else the request's head as the server is to see it.</param>
internal sealed record ProxyRequest(HostPort Destination, byte[]? Head)
{
    private static readonly string[] Dropped = ["host", "connection", "proxy-connection", "proxy-authorization", "keep-alive", "upgrade"];

    /// <summary>Reads a head, up to and including its empty line. Null when it is no request a proxy can serve.</summary>
    public static ProxyRequest? Parse(ReadOnlySpan<byte> head)
    {
        var lines = Encoding.Latin1.GetString(head).Split("\r\n");
        var words = lines[0].Split(' ');
        if (words.Length != 3 || !words[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            return null;
        }

        if (words[0] == "CONNECT")
        {
            return Destined(words[1], defaultPort: null) is { } tunnel ? new ProxyRequest(tunnel, null) : null;
        }

        const string scheme = "http://";
        if (!words[1].StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = words[1][scheme.Length..];
        var slash = rest.IndexOfAny(['/', '?']);
        var (authority, path) = slash < 0 ? (rest, "/") : (rest[..slash], rest[slash] == '/' ? rest[slash..] : "/" + rest[slash..]);
        if (Destined(authority, defaultPort: 80) is not { } destination)
        {
            return null;
        }

        // The host named is the host connected to, and the connection serves this one request: nothing later on it goes unchecked.
        var rewritten = new StringBuilder().Append(
            CultureInfo.InvariantCulture,
            $"{words[0]} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n"
        );
        foreach (var line in lines.Skip(1).Where(l => l.Length > 0 && !Dropped.Contains(l.Split(':')[0].Trim().ToLowerInvariant())))
        {
            rewritten.Append(line).Append("\r\n");
        }

        return new ProxyRequest(destination, Encoding.Latin1.GetBytes(rewritten.Append("\r\n").ToString()));
    }

    /// <summary>Clients may write a name with the dot at its end; it is the same name.</summary>
    private static HostPort? Destined(string authority, int? defaultPort)
    {
        var colon = authority.LastIndexOf(':');
        var plain =
            colon > 0 && authority[colon - 1] == '.' ? authority.Remove(colon - 1, 1)
            : authority.EndsWith('.') ? authority[..^1]
            : authority;
        return HostPort.TryParse(plain, defaultPort, out var destination) ? destination : null;
    }
}
