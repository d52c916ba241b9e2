using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace LoopCluster.Engine.Network;

/// <summary>
/// Destinations inside that the operator opens to specs of the network: <c>name:port</c> or <c>address:port</c>, or a network in CIDR form,
/// alone for every port or with one (<c>10.1.0.0/16</c>, <c>10.1.0.0/16:443</c>, <c>fd00:1::/32</c>, <c>[fd00:1::/32]:443</c>).
/// </summary>
public sealed class PrivateHosts
{
    public const string Forms = "must be name:port, address:port, or a network such as 10.1.0.0/16, 10.1.0.0/16:443 or [fd00:1::/32]:443";

    private readonly HashSet<HostPort> _named = [];
    private readonly List<(IPNetwork Network, int? Port)> _networks = [];

    public static PrivateHosts None { get; } = new();

    /// <exception cref="ArgumentException">An entry has none of the forms; <see cref="Check"/> tells before.</exception>
    public static PrivateHosts Of(IEnumerable<string> entries)
    {
        var hosts = new PrivateHosts();
        foreach (var entry in entries)
        {
            if (!hosts.TryAdd(entry))
            {
                throw new ArgumentException($"'{entry}' {Forms}", nameof(entries));
            }
        }

        return hosts;
    }

    /// <summary>What is wrong with an entry, or null.</summary>
    public static string? Check(string? entry) => new PrivateHosts().TryAdd(entry) ? null : Forms;

    /// <summary>The destination was named as it is written here: whatever it resolves to is meant.</summary>
    public bool Names(HostPort destination) => _named.Contains(destination);

    public bool Allows(HostPort destination, IPAddress address) => Names(destination) || Covers(address, destination.Port);

    public bool Covers(IPAddress address, int port)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Any(n => (n.Port is null || n.Port == port) && n.Network.Contains(plain))
            || _named.Contains(new HostPort(plain.ToString(), port));
    }

    private bool TryAdd([NotNullWhen(true)] string? entry)
    {
        if (entry is null)
        {
            return false;
        }

        if (!entry.Contains('/', StringComparison.Ordinal))
        {
            return HostPort.TryParse(entry, defaultPort: null, out var named) && (_named.Add(named) || true);
        }

        var (network, port) = (entry, (int?)null);
        var isBracketed = entry.StartsWith('[');
        var colon = entry.LastIndexOf(':');
        if (isBracketed || colon > entry.IndexOf('/', StringComparison.Ordinal))
        {
            if (
                !int.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number is < 1 or > 65535
            )
            {
                return false;
            }

            (network, port) = (entry[..colon], number);
        }

        if (isBracketed)
        {
            network = network.EndsWith(']') ? network[1..^1] : "";
        }

        // The base address in one spelling and no bits below the prefix: 10.1/16 and 10.1.2.3/8 are mistakes.
        if (!IPNetwork.TryParse(network, out var parsed) || !network.Equals(parsed.ToString(), StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        _networks.Add((parsed, port));
        return true;
    }
}
