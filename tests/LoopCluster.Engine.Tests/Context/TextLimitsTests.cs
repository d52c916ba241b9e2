using System.Text;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

public class TextLimitsTests
{
    [Fact]
    public void Clip_ShortText_IsThatText() => new TextLimits(100).Clip("short").ShouldBe("short");

    [Fact]
    public void Clip_LongText_KeepsBothEndsAndSaysHowMuchIsMissing()
    {
        var clipped = new TextLimits(40).Clip(new string('a', 50) + new string('b', 50));
        clipped.ShouldBe($"{new string('a', 20)}\n[... 60 characters left out ...]\n{new string('b', 20)}");
    }

    [Fact]
    public void Clip_AnyLengthOfPairs_NeverPartsOne()
    {
        var strict = new UTF8Encoding(false, true);
        for (var lead = 0; lead < 4; lead++)
        {
            var text = new string('x', lead) + string.Concat(Enumerable.Repeat("\ud83d\ude00", 100));
            for (var most = 1; most < 80; most++)
            {
                strict.GetByteCount(new TextLimits(most).Clip(text)).ShouldBeGreaterThan(0);
                strict.GetByteCount(new TextLimits(most).Start(text)).ShouldBeGreaterThan(0);
                strict
                    .GetByteCount(
                        new TextLimits(most).Show(
                            new OutputText
                            {
                                Bytes = 999,
                                Head = text,
                                Tail = text,
                            }
                        )
                    )
                    .ShouldBeGreaterThan(0);
            }
        }
    }

    [Fact]
    public void Clip_LoneSurrogateAndWhatTheLedgerMakesOfIt_AreCutAlike()
    {
        // The ledger keeps U+FFFD for half a pair: live and replayed requests must still be the same.
        for (var length = 60; length < 70; length++)
        {
            var live = new string('\udc00', length);
            var replayed = new string('\ufffd', length);
            Encoding.UTF8.GetBytes(new TextLimits(40).Clip(live)).ShouldBe(Encoding.UTF8.GetBytes(new TextLimits(40).Clip(replayed)));
        }
    }

    [Fact]
    public void Show_OutputInABlob_SaysWhereToReadOn()
    {
        var output = new OutputText
        {
            Bytes = 10_000,
            Blob = Sample.Blob("b"),
            Head = new string('h', 4000),
            Tail = new string('t', 4000),
        };
        var hint = $"read on with read_output ref={Sample.Blob("b").Hash} ...]";
        new TextLimits(10_000).Show(output).ShouldContain($"[... 2000 of 10000 bytes left out; {hint}");
        new TextLimits(100).Show(output).ShouldContain($"[... 9900 of 10000 bytes left out; {hint}");
    }

    [Fact]
    public void ClipArguments_TooLong_StaysAnObject() =>
        new TextLimits(10).ClipArguments($"{{\"x\":\"{new string('y', 500)}\"}}").ShouldBe("{\"omitted\":\"508 characters of arguments\"}");

    [Theory]
    [InlineData("plain")]
    [InlineData("\"q\" \\ \n\t\r")]
    [InlineData("\0\u001f\u007f")]
    [InlineData("\u00e9\u0416\u4e16")]
    [InlineData("\ud83d\ude00")]
    public void TextKinds_OfAnyText_IsCloseToWhatIsWritten(string text)
    {
        var written = System
            .Text.Json.JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)
            .EncodedUtf8Bytes.Length;
        ((double)TextKinds.Of(text).Bytes).ShouldBeInRange(written * 0.6, written * 1.5);
    }
}
