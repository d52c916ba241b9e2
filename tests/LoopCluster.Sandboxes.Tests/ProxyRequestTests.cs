using System.Text;
using LoopCluster.Engine.Network;
using LoopCluster.Sandboxes.Egress;

namespace LoopCluster.Sandboxes.Tests;

public sealed class ProxyRequestTests
{
    [Theory]
    [InlineData("Example.org:443", "example.org", 443)]
    [InlineData("example.org.:443", "example.org", 443)]
    [InlineData("[0:0::1]:8080", "::1", 8080)]
    public void Parse_Tunnel_NamesItsDestinationInOneSpelling(string authority, string host, int port) =>
        ProxyRequest
            .Parse(Encoding.Latin1.GetBytes($"CONNECT {authority} HTTP/1.1\r\n\r\n"))!
            .Destination.ShouldBe(new HostPort(host, port));

    [Theory]
    [InlineData("127.1:80")]
    [InlineData("0x7f.0.0.1:80")]
    [InlineData("2130706433:80")]
    [InlineData("example.org..:80")]
    [InlineData("[fe80::1%eth0]:80")]
    public void Parse_TunnelToAnAddressWrittenOddly_IsNone(string authority) =>
        ProxyRequest.Parse(Encoding.Latin1.GetBytes($"CONNECT {authority} HTTP/1.1\r\n\r\n")).ShouldBeNull();

    [Fact]
    public void Parse_PlainRequest_GoesToTheHostItNamesAndEndsTheConnection()
    {
        var request = ProxyRequest.Parse(
            "POST http://Example.org?q=1 HTTP/1.0\r\nHost: other.org\r\nProxy-Connection: keep-alive\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\n"u8
        )!;

        request.Destination.ShouldBe(new HostPort("example.org", 80));
        Encoding
            .Latin1.GetString(request.Head!)
            .ShouldBe("POST /?q=1 HTTP/1.1\r\nHost: Example.org\r\nConnection: close\r\nContent-Length: 1\r\n\r\n");
    }
}
