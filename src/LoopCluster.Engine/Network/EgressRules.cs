using System.Net;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Network;

/// <summary>
/// Where a sandbox may connect to. Entries are <c>host:port</c>, compared by name: exactly, without regard to case, no wildcards. What a
/// name leads to is judged by where the spec came from, which the ledger keeps: a spec of the network reaches public addresses and what the
/// operator opened; a spec file also reaches the addresses it writes out, <c>localhost</c>, and names it marks with <c>private:</c>.
/// </summary>
public sealed class EgressRules
{
    /// <summary>Written before a <c>host:port</c> whose name leads to an address inside.</summary>
    public const string PrivateMark = "private:";

    /// <summary>Names that no public server has: of this host, of its network, or of its provider's.</summary>
    private static readonly string[] InsideNames =
    [
        "localhost",
        "localdomain",
        "local",
        "internal",
        "home.arpa",
        "ip6-localhost",
        "ip6-loopback",
    ];

    private readonly Dictionary<HostPort, bool> _entries = [];
    private readonly bool _isFile;
    private readonly PrivateHosts _opened;

    /// <param name="source">Null in ledgers of earlier versions, which did not keep it: taken for the network.</param>
    /// <exception cref="ArgumentException">An entry is not <c>host:port</c>.</exception>
    public EgressRules(IEnumerable<string> entries, SpecSource? source, PrivateHosts opened)
    {
        (_isFile, _opened) = (source == SpecSource.File, opened);
        foreach (var entry in entries)
        {
            if (!TryParse(entry, out var destination, out var isMarked))
            {
                throw new ArgumentException($"egress: '{entry}' is not host:port.", nameof(entries));
            }

            _entries[destination] = isMarked || _entries.GetValueOrDefault(destination);
        }
    }

    /// <summary>Reads an entry of a spec.</summary>
    public static bool TryParse(string entry, out HostPort destination, out bool isMarked)
    {
        isMarked = entry.StartsWith(PrivateMark, StringComparison.Ordinal);
        return HostPort.TryParse(isMarked ? entry[PrivateMark.Length..] : entry, defaultPort: null, out destination);
    }

    /// <summary>
    /// Why a spec of the network may not name this destination, as far as that can be known without looking it up; or null.
    /// </summary>
    public static string? RefusalAtLoad(HostPort destination, bool isMarked, PrivateHosts opened)
    {
        if (isMarked)
        {
            return $"only a spec file of this machine may say '{PrivateMark}'; ask the operator to open the destination (LoopCluster:Egress:AllowedPrivateHosts)";
        }

        var isInside = destination.Address is { } address
            ? !PublicAddress.Is(address) && !opened.Covers(address, destination.Port)
            : IsInsideName(destination.Host);
        return isInside && !opened.Names(destination)
            ? "is no public destination: a spec sent over the network reaches public addresses only; ask the operator to open it (LoopCluster:Egress:AllowedPrivateHosts)"
            : null;
    }

    public bool Lists(HostPort destination) => _entries.ContainsKey(destination);

    /// <summary>Whether a destination on the list may be reached at this address, which its name has now.</summary>
    /// <param name="isOwn">The address is one of this host's own, public or not.</param>
    public bool Permits(HostPort destination, IPAddress address, bool isOwn)
    {
        if (!_entries.TryGetValue(destination, out var isMarked))
        {
            return false;
        }

        return (PublicAddress.Is(address) && !isOwn)
            || _opened.Allows(destination, address)
            || (
                _isFile && (isMarked || destination.Address is not null || (IsLocalhost(destination.Host) && IPAddress.IsLoopback(address)))
            );
    }

    /// <summary>What to tell somebody whose destination leads inside only.</summary>
    public string HowToOpen(HostPort destination) =>
        _isFile
            ? $"it leads to no public address; where that is meant, the spec file says {PrivateMark}{destination}"
            : "it leads to no public address, and the operator has not opened it";

    private static bool IsLocalhost(string host) =>
        host is "localhost" or "ip6-localhost" or "ip6-loopback" || host.EndsWith(".localhost", StringComparison.Ordinal);

    private static bool IsInsideName(string host) =>
        InsideNames.Any(n => host == n || (host.EndsWith(n, StringComparison.Ordinal) && host[^(n.Length + 1)] == '.'));
}
