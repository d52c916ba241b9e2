using System.Net;
using System.Net.Sockets;

namespace LoopCluster.Engine.Network;

/// <summary>
/// Which addresses belong to the internet at large (IANA's special-purpose registries, RFC 6890 and its updates). One answer for everything
/// a spec from the network may make us connect to: git, and the sandboxes' way out.
/// </summary>
public static class PublicAddress
{
    private static readonly IPNetwork[] SpecialV4 =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            // Azure's platform (metadata, DNS, the guest agent's server): public digits, answered by the machine below.
            "168.63.129.16/32",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Everything else of IPv6 is loopback, link-local, unique-local, multicast, a translation of IPv4 or not given out.</summary>
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    /// <summary>
    /// Protocol assignments with Teredo, documentation, AS112, and 6to4, which holds an IPv4 address of the sender's choice.
    /// </summary>
    private static readonly IPNetwork[] SpecialV6 =
    [
        .. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20" }.Select(IPNetwork.Parse),
    ];

    /// <summary>False for every address that may be this host, its network or its provider's platform.</summary>
    public static bool Is(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !SpecialV4.Any(n => n.Contains(plain)),
            // With a scope it is some link's, whatever its digits.
            AddressFamily.InterNetworkV6 => plain.ScopeId == 0 && GlobalV6.Contains(plain) && !SpecialV6.Any(n => n.Contains(plain)),
            _ => false,
        };
    }
}
