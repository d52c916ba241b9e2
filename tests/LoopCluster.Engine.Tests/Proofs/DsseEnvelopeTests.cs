using System.Text;
using LoopCluster.Engine.Proofs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Proofs;

public sealed class DsseEnvelopeTests
{
    private static readonly DsseEnvelope Envelope = new(Encoding.UTF8.GetBytes("{\"a\":\"ü?>\"}"), Sample.Hash("key"), Bytes(71));

    /// <summary>As the DSSE protocol has it: lengths in bytes, one space between the parts, none behind the body.</summary>
    [Fact]
    public void PreAuthentication_IsTheProtocols() =>
        DsseEnvelope
            .PreAuthentication(Encoding.UTF8.GetBytes("hello wörld"))
            .ShouldBe(Encoding.UTF8.GetBytes("DSSEv1 28 application/vnd.in-toto+json 12 hello wörld"));

    [Fact]
    public void ToBytes_IsTheOneForm()
    {
        var file = Encoding.ASCII.GetString(Envelope.ToBytes());

        file.ShouldBe(
            $$"""{"payload":"{{Convert.ToBase64String(Envelope.Payload.Span)}}","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"{{Sample.Hash("key")}}","sig":"{{Convert.ToBase64String(Envelope.Signature.Span)}}"}]}"""
                + "\n"
        );
        var read = DsseEnvelope.Read(Envelope.ToBytes(), out var fault).ShouldNotBeNull();
        fault.ShouldBeNull();
        read.KeyId.ShouldBe(Envelope.KeyId);
        read.Payload.ToArray().ShouldBe(Envelope.Payload.ToArray());
        read.Signature.ToArray().ShouldBe(Envelope.Signature.ToArray());
    }

    /// <summary>What a reader of JSON or base64 would pass over is no envelope, and anything else says something else.</summary>
    [Fact]
    public void Read_AnyBitFlipped_IsNoneOrAnotherOne()
    {
        var file = Envelope.ToBytes();
        for (var at = 0; at < file.Length; at++)
        {
            for (var bit = 1; bit < 256; bit <<= 1)
            {
                file[at] ^= (byte)bit;
                if (DsseEnvelope.Read(file, out var fault) is { } read)
                {
                    var isSame =
                        read.KeyId == Envelope.KeyId
                        && read.Payload.Span.SequenceEqual(Envelope.Payload.Span)
                        && read.Signature.Span.SequenceEqual(Envelope.Signature.Span);
                    isSame.ShouldBeFalse($"bit {bit} of byte {at}");
                }
                else
                {
                    fault.ShouldNotBeNullOrEmpty();
                }

                file[at] ^= (byte)bit;
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"payload":"e30=","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"AA=="}]}""")]
    [InlineData("""{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[]}""")]
    [InlineData("""{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"\ud800","sig":"AA=="}]}""")]
    [InlineData("""{"payload":"*","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"AA=="}]}""")]
    public void Read_NoEnvelope_SaysWhatIsExpected(string file)
    {
        DsseEnvelope.Read(Encoding.UTF8.GetBytes(file), out var fault).ShouldBeNull();

        fault.ShouldNotBeNull().ShouldContain("DSSE envelope");
    }

    [Theory]
    [InlineData("""{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"AA=="}]}""")]
    [InlineData("""{"payload": "e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"AA=="}]}""" + "\n")]
    [InlineData("""{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"k","sig":"AA=="}]}""" + "\n")]
    [InlineData("""{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"AB=="}]}""" + "\n")]
    [InlineData(
        """{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"AA=="}],"x":1}""" + "\n"
    )]
    [InlineData(
        """{"payload":"e30=","payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"AA=="}]}"""
            + "\n"
    )]
    public void Read_SameInAnotherForm_IsRefused(string file)
    {
        DsseEnvelope.Read(Encoding.UTF8.GetBytes(file), out var fault).ShouldBeNull();

        fault.ShouldNotBeNull().ShouldContain("the one form");
    }

    [Fact]
    public void Read_ProofOfAnEarlierVersion_IsToldAsThat()
    {
        DsseEnvelope.Read("{\n  \"format\": \"loopcluster-proof/1\",\n  \"loop\": \"x\"}\n"u8, out var fault).ShouldBeNull();

        fault.ShouldNotBeNull().ShouldContain("earlier versions");
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 37))];
}
