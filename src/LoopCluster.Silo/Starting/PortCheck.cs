using System.Net;
using System.Net.Sockets;
using LoopCluster.Engine.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LoopCluster.Silo.Starting;

/// <summary>
/// Looks whether the node's ports are free before anything of it is seen by others: Orleans and the web server only say that some address
/// is in use.
/// </summary>
internal sealed class PortCheck(IOptions<EndpointOptions> endpoints, IOptions<SiloOptions> silo) : IHostedLifecycleService
{
    /// <exception cref="InfrastructureException"><c>port-taken</c> or <c>address-unusable</c>: every port that cannot be listened
    /// at.</exception>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var given = endpoints.Value;
        var faults = new List<(string Code, string Message)>();
        Check(given.SiloListeningEndpoint ?? new IPEndPoint(given.AdvertisedIPAddress, given.SiloPort), "--silo-port", faults);
        if (given.GatewayPort > 0)
        {
            Check(given.GatewayListeningEndpoint ?? new IPEndPoint(given.AdvertisedIPAddress, given.GatewayPort), "--gateway-port", faults);
        }

        // A name may stand for several addresses: that is left to the web server.
        var url = new Uri(silo.Value.Url);
        if (IPAddress.TryParse(url.Host, out var address) && url.Port > 0)
        {
            Check(new IPEndPoint(address, url.Port), "--url", faults);
        }

        return faults.Count == 0
            ? Task.CompletedTask
            : throw new InfrastructureException(faults[0].Code, string.Join("; ", faults.Select(f => f.Message)));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void Check(IPEndPoint endpoint, string option, List<(string Code, string Message)> faults)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            faults.Add(("port-taken", $"{endpoint} ({option}) is taken by another process: stop it, or give another port"));
        }
        catch (SocketException e)
        {
            faults.Add(("address-unusable", $"this machine cannot listen at {endpoint} ({option}): {e.Message}"));
        }
    }
}
