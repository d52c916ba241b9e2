using LoopCluster.Engine.Network;

namespace LoopCluster.Engine.Tests.Network;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("Example.org:443", "example.org", 443)]
    [InlineData("10.0.0.1:80", "10.0.0.1", 80)]
    [InlineData("[::1]:8080", "::1", 8080)]
    [InlineData("[0:0:0:0:0:0:0:1]:8080", "::1", 8080)]
    [InlineData("db_1:5432", "db_1", 5432)]
    [InlineData("1.example:1", "1.example", 1)]
    public void TryParse_Destination_HasOneSpelling(string text, string host, int port)
    {
        HostPort.TryParse(text, defaultPort: null, out var destination).ShouldBeTrue();

        destination.ShouldBe(new HostPort(host, port));
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("example.org:")]
    [InlineData("example.org:0")]
    [InlineData("example.org:65536")]
    [InlineData("example.org:+80")]
    [InlineData("example.org.:443")]
    [InlineData(":80")]
    [InlineData("::1:80")]
    [InlineData("[::1:80")]
    [InlineData("[fe80::1%1]:80")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("*.example.org:443")]
    [InlineData("user@example.org:443")]
    [InlineData("example.org/x:443")]
    [InlineData("127.1:80")]
    [InlineData("127.0.0.1.:80")]
    [InlineData("0x7f.1:80")]
    [InlineData("0x7f000001:80")]
    [InlineData("0177.0.0.1:80")]
    [InlineData("127.0.0.01:80")]
    [InlineData("2130706433:80")]
    [InlineData("256.0.0.1:80")]
    [InlineData("a.0x:80")]
    public void TryParse_AnythingElse_IsNone(string text) => HostPort.TryParse(text, defaultPort: null, out _).ShouldBeFalse();
}
