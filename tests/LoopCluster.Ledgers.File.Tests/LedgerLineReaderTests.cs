using System.Text;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.TestKit.Ledger;

namespace LoopCluster.Ledgers.File.Tests;

public sealed class LedgerLineReaderTests
{
    private static readonly LedgerLine Line = LedgerEntryBuilder.Seal(
        new LoopId("fib-1"),
        42,
        7,
        LedgerHash.Of("p"u8),
        "note-kept",
        "{\"text\":\"ü \\\",\\\"prev\\\":\\\"\"}"
    );

    [Fact]
    public void TryRead_SealedLine_GivesItsAddress()
    {
        LedgerLineReader.TryRead(Line.Utf8.Span, out var address).ShouldBeTrue();

        (address.Seq, address.Epoch, address.Prev, address.Hash).ShouldBe((42, 7, Line.Prev, Line.Hash));
        Encoding.ASCII.GetString(address.Loop).ShouldBe("fib-1");
        Encoding.ASCII.GetString(address.Type).ShouldBe("note-kept");
        address.Data[^1].ShouldBe((byte)'}');
        LedgerLineReader.HashMatches(Line.Utf8.Span, address.Prev, address.Hash).ShouldBeTrue();
        LedgerLineReader.IsOneObject(Line.Utf8.Span).ShouldBeTrue();
    }

    [Theory]
    [InlineData("\"seq\":42", "\"seq\":042")]
    [InlineData("\"seq\":42", "\"seq\":0")]
    [InlineData("\"seq\":42", "\"seq\":-1")]
    [InlineData("\"seq\":42", "\"seq\":99999999999999999999")]
    [InlineData("\"seq\":42", "\"seq\": 42")]
    [InlineData("\"epoch\":7", "\"epoch\":4294967296")]
    [InlineData("fib-1", "Fib-1")]
    [InlineData("fib-1", "-fib")]
    [InlineData("fib-1", "")]
    [InlineData("{\"loop\"", " {\"loop\"")]
    [InlineData("\"data\":{", "\"data\":[")]
    [InlineData("ü", "\n")]
    [InlineData("note-kept", "note\\u002dkept")]
    [InlineData("\",\"hash\":\"", "\",\"hash\":\"A")]
    public void TryRead_OtherShape_IsRefused(string from, string to)
    {
        var text = Encoding.UTF8.GetString(Line.Utf8.Span);
        text.ShouldContain(from);
        LedgerLineReader.TryRead(Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal)), out _).ShouldBeFalse();
    }

    [Fact]
    public void TryRead_EveryPrefix_IsRefused()
    {
        for (var length = 0; length < Line.Utf8.Length; length++)
        {
            LedgerLineReader.TryRead(Line.Utf8.Span[..length], out _).ShouldBeFalse($"{length} bytes");
        }
    }

    [Fact]
    public void HashMatches_AnyByteAltered_IsFalseOrNoLine()
    {
        var bytes = Line.Utf8.ToArray();
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 1;
            (
                LedgerLineReader.TryRead(bytes, out var address) && LedgerLineReader.HashMatches(bytes, address.Prev, address.Hash)
            ).ShouldBeFalse($"byte {at}");
            bytes[at] ^= 1;
        }
    }
}
