using System.Net;
using System.Net.Sockets;
using LoopCluster.Engine.Network;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Egress;
using LoopCluster.Sandboxes.Egress;

namespace LoopCluster.Sandboxes.Tests;

public sealed class EgressDialerTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("0.0.0.0")]
    public async Task Dial_NameThatLeadsInside_IsRefusedWithoutAConnection(string address)
    {
        using var server = Listen(out var port);
        var destination = new HostPort("rebind.example.org", port);

        var dialed = await Dialer(PrivateHosts.None, address)
            .DialAsync(new EgressRules([destination.ToString()], SpecSource.Network, PrivateHosts.None), destination, default);

        dialed.Connection.ShouldBeNull();
        dialed.IsRefused.ShouldBeTrue();
        server.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task Dial_NameResolvedAgainWouldLeadElsewhere_ConnectsToWhatWasJudged()
    {
        using var server = Listen(out var port);
        var destination = new HostPort("mirror.corp", port);
        var opened = PrivateHosts.Of([destination.ToString()]);
        var asked = 0;
        var dialer = new EgressDialer(opened, (_, _) => Task.FromResult(++asked == 1 ? new[] { IPAddress.Loopback } : []), _ => false);

        var dialed = await dialer.DialAsync(new EgressRules([destination.ToString()], SpecSource.Network, opened), destination, default);

        using var connection = dialed.Connection.ShouldNotBeNull();
        connection.RemoteEndPoint.ShouldBe(new IPEndPoint(IPAddress.Loopback, port));
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task Dial_NameWithAddressesOfBothKinds_OnlyThePermittedIsTried()
    {
        using var server = Listen(out var port);
        var destination = new HostPort("both.example.org", port);
        var opened = PrivateHosts.Of(["127.0.0.0/24"]);

        // 127.9.9.9 would answer as well, and is not permitted.
        var dialed = await Dialer(opened, "127.9.9.9", "127.0.0.1")
            .DialAsync(new EgressRules([destination.ToString()], SpecSource.Network, opened), destination, default);

        using var connection = dialed.Connection.ShouldNotBeNull();
        ((IPEndPoint)connection.RemoteEndPoint!).Address.ShouldBe(IPAddress.Loopback);
    }

    [Fact]
    public void Validate_EntryThatIsNone_IsToldWithItsKey()
    {
        var result = new EgressOptionsValidator().Validate(null, new EgressOptions { AllowedPrivateHosts = ["10.0.0.0/8", "corp"] });

        result.Failures.ShouldHaveSingleItem().ShouldStartWith("LoopCluster:Egress:AllowedPrivateHosts:1 'corp' must be name:port");
    }

    private static EgressDialer Dialer(PrivateHosts opened, params string[] addresses) =>
        new(opened, (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()), _ => false);

    private static TcpListener Listen(out int port)
    {
        var server = new TcpListener(IPAddress.Any, 0);
        server.Start();
        port = ((IPEndPoint)server.LocalEndpoint).Port;
        return server;
    }
}
