using System.Net;
using LoopCluster.Engine.Network;

namespace LoopCluster.Engine.Tests.Network;

public sealed class PrivateHostsTests
{
    private static readonly PrivateHosts Opened = PrivateHosts.Of([
        "mirror.corp:443",
        "10.9.0.1:80",
        "10.1.0.0/16",
        "10.2.0.0/16:443",
        "[fd00:1::/32]:443",
    ]);

    [Theory]
    [InlineData("mirror.corp:443", "127.0.0.1", true)]
    [InlineData("mirror.corp:80", "127.0.0.1", false)]
    [InlineData("other.corp:80", "10.9.0.1", true)]
    [InlineData("other.corp:80", "::ffff:10.9.0.1", true)]
    [InlineData("other.corp:81", "10.9.0.1", false)]
    [InlineData("other.corp:81", "10.1.255.1", true)]
    [InlineData("other.corp:443", "10.2.0.1", true)]
    [InlineData("other.corp:444", "10.2.0.1", false)]
    [InlineData("other.corp:443", "fd00:1::5", true)]
    [InlineData("other.corp:443", "fd01::5", false)]
    public void Allows_WhatTheOperatorWrote_AndNothingElse(string destination, string address, bool expected)
    {
        HostPort.TryParse(destination, null, out var parsed).ShouldBeTrue();

        Opened.Allows(parsed, IPAddress.Parse(address)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("10.1.2.3/16")]
    [InlineData("10.1/16")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/8:0")]
    [InlineData("[10.0.0.0/8]")]
    [InlineData("mirror.corp")]
    [InlineData("*.corp:443")]
    [InlineData("127.1:80")]
    [InlineData("")]
    [InlineData(null)]
    public void Check_AnythingElse_SaysTheForms(string? entry) => PrivateHosts.Check(entry).ShouldBe(PrivateHosts.Forms);
}
