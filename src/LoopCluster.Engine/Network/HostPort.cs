using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LoopCluster.Engine.Network;

/// <summary>
/// A destination: a name or an address, and a port. There is one spelling of each address, so <c>127.1</c>, <c>0x7f.0.0.1</c> and
/// <c>2130706433</c>, which a resolver would take for 127.0.0.1, are no destinations at all.
/// </summary>
/// <param name="Host">Lower case; an IPv6 address without brackets, as .NET writes it.</param>
public readonly record struct HostPort(string Host, int Port)
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    /// <summary>The host, when it is an address.</summary>
    public IPAddress? Address => Host.Contains(':', StringComparison.Ordinal) || IsDotted(Host) ? IPAddress.Parse(Host) : null;

    /// <summary>Reads <c>host:port</c> and <c>[v6]:port</c>, or a host alone where a default port is known.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, int? defaultPort, out HostPort destination)
    {
        destination = default;
        if (text is null || text.Length > LongestName + 8)
        {
            return false;
        }

        var colon = text.LastIndexOf(':');
        var (host, digits) = colon > text.LastIndexOf(']') ? (text[..colon], text[(colon + 1)..]) : (text, null);
        var port = defaultPort ?? 0;
        if (
            (digits is not null && !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port))
            || port is < 1 or > 65535
            || Canonical(host) is not { } canonical
        )
        {
            return false;
        }

        destination = new HostPort(canonical, port);
        return true;
    }

    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static string? Canonical(string host)
    {
        if (host.StartsWith('['))
        {
            // A scope ('%eth0') names a link of this host.
            return
                host.EndsWith(']')
                && !host.Contains('%', StringComparison.Ordinal)
                && IPAddress.TryParse(host[1..^1], out var address)
                && address.AddressFamily == AddressFamily.InterNetworkV6
                ? address.ToString()
                : null;
        }

        var labels = host.Split('.');
        var isName =
            host.Length is > 0 and <= LongestName
            && labels.All(l =>
                l.Length is > 0 and <= LongestLabel && l[0] != '-' && l.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            );
        return isName && (IsDotted(host) || !IsNumber(labels[^1])) ? host.ToLowerInvariant() : null;
    }

    /// <summary>Four decimal numbers, no leading zeros (octal to some), nothing left out.</summary>
    private static bool IsDotted(string host) =>
        host.Split('.') is { Length: 4 } parts
        && parts.All(p =>
            p.Length is 1 or 2 or 3
            && p.All(char.IsAsciiDigit)
            && (p.Length == 1 || p[0] != '0')
            && int.Parse(p, CultureInfo.InvariantCulture) <= 255
        );

    /// <summary>A host whose last label is a number is an address in some parser's eyes (WHATWG URL, inet_aton).</summary>
    private static bool IsNumber(string label) =>
        label.All(char.IsAsciiDigit)
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && label.Skip(2).All(char.IsAsciiHexDigit));
}
