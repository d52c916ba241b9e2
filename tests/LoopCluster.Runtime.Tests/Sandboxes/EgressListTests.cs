using System.Text;
using LoopCluster.Runtime.Sandboxes.Egress;

namespace LoopCluster.Runtime.Tests.Sandboxes;

public sealed class EgressListTests
{
    [Theory]
    [InlineData("Example.org:443", "example.org", 443)]
    [InlineData("example.org.:443", "example.org", 443)]
    [InlineData("10.0.0.1:80", "10.0.0.1", 80)]
    [InlineData("[::1]:8080", "::1", 8080)]
    public void Parse_Destination_IsNormalised(string text, string host, int port) => EgressList.Parse(text, defaultPort: null).ShouldBe((host, port));

    [Theory]
    [InlineData("example.org")]
    [InlineData("example.org:")]
    [InlineData("example.org:0")]
    [InlineData("example.org:65536")]
    [InlineData("example.org:+80")]
    [InlineData(":80")]
    [InlineData("::1:80")]
    [InlineData("[::1:80")]
    [InlineData("*.example.org:443")]
    [InlineData("user@example.org:443")]
    [InlineData("example.org/x:443")]
    public void Parse_AnythingElse_IsNone(string text) => EgressList.Parse(text, defaultPort: null).ShouldBeNull();

    [Fact]
    public void Allows_SameHostOtherPort_IsFalse()
    {
        var list = new EgressList(["example.org:443"]);

        list.Allows(("example.org", 443)).ShouldBeTrue();
        list.Allows(("example.org", 80)).ShouldBeFalse();
        list.Allows(("www.example.org", 443)).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => new EgressList(["example.org"]));
    }

    [Fact]
    public void Parse_PlainRequest_GoesToTheHostItNamesAndEndsTheConnection()
    {
        var request = ProxyRequest.Parse(
            "POST http://Example.org?q=1 HTTP/1.0\r\nHost: other.org\r\nProxy-Connection: keep-alive\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\n"u8)!;

        request.Destination.ShouldBe(("example.org", 80));
        Encoding.Latin1.GetString(request.Head!).ShouldBe("POST /?q=1 HTTP/1.1\r\nHost: Example.org\r\nConnection: close\r\nContent-Length: 1\r\n\r\n");
    }
}
