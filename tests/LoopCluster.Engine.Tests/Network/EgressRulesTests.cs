using System.Net;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Network;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Network;

/// <summary>What a sandbox may reach is decided by where its spec came from, as the ledger has it.</summary>
public sealed class EgressRulesTests
{
    [Theory]
    [InlineData("example.org:443", "93.184.215.14", true)]
    [InlineData("example.org:443", "10.0.0.1", false)]
    [InlineData("example.org:443", "127.0.0.1", false)]
    [InlineData("127.0.0.1:443", "127.0.0.1", false)]
    [InlineData("localhost:443", "127.0.0.1", false)]
    [InlineData("private:example.org:443", "10.0.0.1", false)]
    [InlineData("mirror.corp:443", "10.0.0.1", true)]
    public void Permits_SpecOfTheNetwork_PublicAddressesAndWhatIsOpened(string entry, string address, bool expected)
    {
        foreach (var source in (SpecSource?[])[SpecSource.Network, null])
        {
            Permits(entry, address, source, isOwn: false).ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("example.org:443", "93.184.215.14", true)]
    [InlineData("example.org:443", "10.0.0.1", false)]
    [InlineData("private:example.org:443", "10.0.0.1", true)]
    [InlineData("10.0.0.1:443", "10.0.0.1", true)]
    [InlineData("[::1]:443", "::1", true)]
    [InlineData("localhost:443", "127.0.0.1", true)]
    [InlineData("localhost:443", "10.0.0.1", false)]
    public void Permits_SpecOfAFile_AlsoWhatItSays(string entry, string address, bool expected) =>
        Permits(entry, address, SpecSource.File, isOwn: false).ShouldBe(expected);

    [Fact]
    public void Permits_PublicAddressOfThisHost_IsInside()
    {
        Permits("example.org:443", "93.184.215.14", SpecSource.Network, isOwn: true).ShouldBeFalse();
        Permits("example.org:443", "93.184.215.14", SpecSource.File, isOwn: true).ShouldBeFalse();
        Permits("mirror.corp:443", "93.184.215.14", SpecSource.Network, isOwn: true).ShouldBeTrue();
    }

    [Theory]
    [InlineData("127.0.0.1:80")]
    [InlineData("10.0.0.1:80")]
    [InlineData("169.254.169.254:80")]
    [InlineData("168.63.129.16:80")]
    [InlineData("100.100.100.200:80")]
    [InlineData("0.0.0.0:80")]
    [InlineData("[::1]:80")]
    [InlineData("[::ffff:127.0.0.1]:80")]
    [InlineData("[64:ff9b::7f00:1]:80")]
    [InlineData("[fd00:ec2::254]:80")]
    [InlineData("localhost:80")]
    [InlineData("LOCALHOST:80")]
    [InlineData("a.localhost:80")]
    [InlineData("metadata.google.internal:80")]
    [InlineData("host.docker.internal:80")]
    [InlineData("printer.local:80")]
    [InlineData("private:example.org:80")]
    public void Read_InsideDestinationOverTheNetwork_IsRefusedAtLoad(string entry)
    {
        foreach (
            var (path, fault) in new[]
            {
                ("sandbox.egress[0]", $$"""{ "sandbox": { "egress": ["{{entry}}"] } }"""),
                ("prepare.allow[0]", $$"""{ "prepare": { "run": "true", "allow": ["{{entry}}"] } }"""),
            }
        )
        {
            var refused = Should.Throw<BadInputException>(() => Read(fault, SpecOrigin.Api));

            refused.Code.ShouldBe("spec-path-not-allowed");
            refused.Faults.ShouldHaveSingleItem().Path.ShouldBe(path);
            Read(fault, SpecOrigin.File("/specs")).Source.ShouldBe(SpecSource.File);
        }
    }

    [Theory]
    [InlineData("127.1:80")]
    [InlineData("0x7f.1:80")]
    [InlineData("127.0.0.1.:80")]
    [InlineData("2130706433:80")]
    public void Read_AddressWrittenOddly_IsRefusedFromAnywhere(string entry)
    {
        foreach (var origin in (SpecOrigin[])[SpecOrigin.Api, SpecOrigin.File("/specs")])
        {
            Should
                .Throw<BadInputException>(() => Read($$"""{ "sandbox": { "egress": ["{{entry}}"] } }""", origin))
                .Faults.ShouldHaveSingleItem()
                .Path.ShouldBe("sandbox.egress[0]");
        }
    }

    [Fact]
    public void Read_DestinationTheOperatorOpened_IsTaken()
    {
        var origin = SpecOrigin.Network(PrivateHosts.Of(["10.1.0.0/16", "cache.internal:80"]));

        var spec = Read("""{ "sandbox": { "egress": ["10.1.2.3:80", "cache.internal:80"] } }""", origin);

        spec.Sandbox.Egress.ShouldBe(["10.1.2.3:80", "cache.internal:80"]);
        spec.Source.ShouldBe(SpecSource.Network);
    }

    private static bool Permits(string entry, string address, SpecSource? source, bool isOwn)
    {
        EgressRules.TryParse(entry, out var destination, out _).ShouldBeTrue();
        return new EgressRules([entry], source, PrivateHosts.Of(["mirror.corp:443"])).Permits(destination, IPAddress.Parse(address), isOwn);
    }

    private static LoopSpec Read(string more, SpecOrigin origin) =>
        LoopSpecReader.Read(
            JsonElement.Parse(
                """{ "goal": "g", "workspace": { "files": { "a": "b" } }, "model": "m", "gates": [{ "name": "g", "run": "true" }], """
                    + more.TrimStart()[1..]
            ),
            origin
        );
}
