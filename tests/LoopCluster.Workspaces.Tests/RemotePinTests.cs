using System.Net;
using System.Net.Sockets;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Network;
using LoopCluster.Engine.Specs;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Import;

namespace LoopCluster.Workspaces.Tests;

/// <summary>Where a spec that came over the network may send git.</summary>
public sealed class RemotePinTests : WorkspaceTest
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.9.9.9", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("203.0.113.7", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("100::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd12:3456::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void PublicAddress_OfTheRegistries_IsTold(string address, bool expected) =>
        PublicAddress.Is(IPAddress.Parse(address)).ShouldBe(expected);

    [Fact]
    public async Task Of_PublicName_PinsEveryAddressAndLeavesProxiesOut()
    {
        var pin = await RemotePin.OfAsync(
            "https://git.example.org:8443/a.git",
            new WorkspaceOptions(),
            Resolves("93.184.215.14", "2606:4700::1111"),
            default
        );

        pin.Resolve.ShouldBe("git.example.org:8443:93.184.215.14,[2606:4700::1111]");
        pin.PassOn.ShouldNotContain(v => v.Contains("proxy", StringComparison.OrdinalIgnoreCase));
        pin.PassOn.ShouldNotContain("SSH_AUTH_SOCK");
        pin.PassOn.ShouldContain("GIT_SSL_CAINFO");
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("93.184.215.14", "10.0.0.1")]
    [InlineData("93.184.215.14", "::1")]
    [InlineData("::ffff:192.168.0.1")]
    [InlineData]
    public async Task Of_NameOfTheInside_IsRefusedWhateverElseItResolvesTo(params string[] addresses)
    {
        var refused = await Should.ThrowAsync<BadInputException>(() =>
            RemotePin.OfAsync("https://rebind.example.org/a.git", new WorkspaceOptions(), Resolves(addresses), default)
        );
        var unknown = await Should.ThrowAsync<BadInputException>(() =>
            RemotePin.OfAsync("https://rebind.example.org/a.git", new WorkspaceOptions(), (_, _) => throw new SocketException(), default)
        );

        refused.Code.ShouldBe("spec-path-not-allowed");
        refused.Faults.ShouldHaveSingleItem().Path.ShouldBe("workspace.git");
        // Which names there are inside is not told.
        unknown.Message.ShouldBe(refused.Message);
    }

    [Fact]
    public async Task Of_PrivateHostTheOperatorNamed_IsPinnedToWhatItResolvesTo()
    {
        var options = new WorkspaceOptions { PrivateGitHosts = ["git.corp.example"] };

        (await RemotePin.OfAsync("https://GIT.corp.example/a.git", options, Resolves("10.1.2.3"), default)).Resolve.ShouldBe(
            "git.corp.example:443:10.1.2.3"
        );
        await Should.ThrowAsync<BadInputException>(() =>
            RemotePin.OfAsync("https://x.git.corp.example/a.git", options, Resolves("10.1.2.3"), default)
        );
    }

    [Theory]
    [InlineData("ssh://git@git.example.org/a.git")]
    [InlineData("git@git.example.org:a.git")]
    [InlineData("https://2130706433/a.git")]
    [InlineData("https://0x7f.1/a.git")]
    [InlineData("https://0177.0.0.1/a.git")]
    [InlineData("https://user@git.example.org/a.git")]
    [InlineData("https://git.example.org.:443/a.git")]
    [InlineData("https://git.ex%61mple.org/a.git")]
    [InlineData("https://[2606:4700:0::1111]/a.git")]
    public async Task Of_AddressWrittenOddly_IsRefused(string url) =>
        (
            await Should.ThrowAsync<BadInputException>(() =>
                RemotePin.OfAsync(url, new WorkspaceOptions(), Resolves("93.184.215.14"), default)
            )
        ).Code.ShouldBe("spec-path-not-allowed");

    [Fact]
    public async Task Import_PublicOnly_JudgesTheAddress()
    {
        var refused = await Should.ThrowAsync<BadInputException>(async () =>
            await Bench.ImportAsync(new WorkspaceSpec { Git = "https://127.0.0.1/a.git", PublicOnly = true })
        );

        refused.Code.ShouldBe("spec-path-not-allowed");
        Directory
            .EnumerateFileSystemEntries(Path.Combine(Bench.Data, "repos"))
            .Select(Path.GetFileName)
            .ShouldBe([".empty"], ignoreOrder: true);
    }

    [Fact]
    public async Task Git_WithAPin_GoesThereAndAsksNoResolver()
    {
        // A name nobody resolves, pinned to a socket of ours: that git arrives here shows that the pin is what it follows.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var accepting = listener.AcceptTcpClientAsync();
        using var git = new GitRunner(new WorkspaceOptions { Directory = Bench.Data });
        var fetching = git.TryRunAsync(
            new GitCall(null, "ls-remote", $"https://nobody-resolves-this.invalid:{port}/a.git")
            {
                Protocols = "https",
                Resolve = $"nobody-resolves-this.invalid:{port}:127.0.0.1",
            },
            default
        );

        using (await accepting.WaitAsync(TimeSpan.FromSeconds(30)))
        {
            // Hung up on: the handshake fails.
        }

        (await fetching).ExitCode.ShouldNotBe(0);
    }

    private static Func<string, CancellationToken, Task<IPAddress[]>> Resolves(params string[] addresses) =>
        (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray());
}
