using System.Globalization;

namespace LoopCluster.Runtime.Sandboxes.Egress;

/// <summary>Where a sandbox may connect to. Entries are <c>host:port</c>, compared by name: exactly, without regard to case, no wildcards.</summary>
internal sealed class EgressList
{
    private readonly HashSet<(string Host, int Port)> _entries;

    /// <exception cref="ArgumentException">An entry is not <c>host:port</c>.</exception>
    public EgressList(IEnumerable<string> entries) => _entries =
        [.. entries.Select(e => Parse(e, defaultPort: null) ?? throw new ArgumentException($"egress: '{e}' is not host:port.", nameof(entries)))];

    public bool Allows((string Host, int Port) destination) => _entries.Contains(destination);

    /// <summary>Reads <c>host:port</c>, <c>[v6]:port</c>, or a host alone where a default port is known. Null when it is neither.</summary>
    public static (string Host, int Port)? Parse(string text, int? defaultPort)
    {
        var colon = text.LastIndexOf(':');
        var bracketed = text.StartsWith('[');
        var (host, port) = colon > text.LastIndexOf(']') ? (text[..colon], text[(colon + 1)..]) : (text, null);
        if (bracketed)
        {
            host = host.EndsWith(']') ? host[1..^1] : "";
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return null;
        }

        host = host.TrimEnd('.').ToLowerInvariant();
        var number = defaultPort ?? 0;
        if (port is not null && !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return null;
        }

        return Uri.CheckHostName(host) != UriHostNameType.Unknown && number is > 0 and <= 65535 ? (host, number) : null;
    }
}
