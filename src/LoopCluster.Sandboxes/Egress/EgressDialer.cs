using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using LoopCluster.Engine.Network;
using LoopCluster.Runtime.Egress;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.Egress;

/// <summary>
/// Connects for the proxies. A name is looked up once, each address is judged, and the connection goes to one that passed: what the name
/// resolves to a moment later does not matter.
/// </summary>
internal sealed class EgressDialer
{
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(15);

    private readonly PrivateHosts _opened;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly Func<IPAddress, bool> _isOwn;

    public EgressDialer(IOptions<EgressOptions> options)
        : this(PrivateHosts.Of(options.Value.AllowedPrivateHosts), Dns.GetHostAddressesAsync, IsOwnAddress) { }

    /// <param name="isOwn">Whether an address is this host's: its own servers listen there too, whatever the digits.</param>
    internal EgressDialer(PrivateHosts opened, Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> isOwn) =>
        (_opened, _resolve, _isOwn) = (opened, resolve, isOwn);

    public EgressRules RulesOf(SandboxShape shape) => new(shape.Egress, shape.Source, _opened);

    public async Task<Dialed> DialAsync(EgressRules rules, HostPort destination, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectWithin);
        try
        {
            var found = destination.Address is { } literal
                ? [literal]
                : await _resolve(destination.Host, limit.Token).ConfigureAwait(false);
            var permitted = found.Where(a => rules.Permits(destination, a, _isOwn(a))).ToArray();
            return permitted.Length > 0
                    ? new Dialed(await ConnectAsync(permitted, destination.Port, limit.Token).ConfigureAwait(false), false, "")
                : found.Length > 0 ? new Dialed(null, IsRefused: true, rules.HowToOpen(destination))
                : new Dialed(null, IsRefused: false, "the name has no address");
        }
        catch (Exception e)
            when (e is SocketException or ArgumentException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return new Dialed(null, IsRefused: false, e is OperationCanceledException ? "it took too long" : e.Message);
        }
    }

    private static async Task<Socket> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static bool IsOwnAddress(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain)
            || NetworkInterface
                .GetAllNetworkInterfaces()
                .Any(i =>
                    i.GetIPProperties()
                        .UnicastAddresses.Any(u => u.Address.GetAddressBytes().AsSpan().SequenceEqual(plain.GetAddressBytes()))
                );
    }

    /// <param name="Connection">Null when there is none, for the reason given.</param>
    /// <param name="IsRefused">Addresses were found, and none may be reached.</param>
    internal sealed record Dialed(Socket? Connection, bool IsRefused, string Reason);
}
