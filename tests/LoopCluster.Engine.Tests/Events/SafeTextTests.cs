using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Tests.Events;

/// <summary>Text of models is hostile: what passes here can be written, read back and parsed by everything behind it.</summary>
public sealed class SafeTextTests
{
    /// <summary>Half a pair survives in no attribute, so these are no theory's data.</summary>
    [Fact]
    public void Of_HalvesOfPairs_AreReplaced()
    {
        SafeText.Of("plain").ShouldBe("plain");
        SafeText.Of("\ud83d\ude00").ShouldBe("\ud83d\ude00");
        SafeText.Of("a\ud83d").ShouldBe("a\ufffd");
        SafeText.Of("\ude00\ud83d").ShouldBe("\ufffd\ufffd");
    }

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00"}""", """{"a":"\ud83d\ude00"}""")]
    [InlineData("""{"a":"\ud83d"}""", """{"a":"\ufffd"}""")]
    [InlineData("""{"\uDE00":1}""", """{"\ufffd":1}""")]
    [InlineData("""{"a":"\\ud83d"}""", """{"a":"\\ud83d"}""")]
    [InlineData("""{"a":"\\\ud83d\n"}""", """{"a":"\\\ufffd\n"}""")]
    [InlineData("""\ud83d\ud83d\ude00""", """\ufffd\ud83d\ude00""")]
    [InlineData("""cut off \ud8""", """cut off \ud8""")]
    [InlineData("""cut off \""", """cut off \""")]
    public void OfJson_EscapesOfHalves_AreReplacedAndNothingElse(string json, string expected) => SafeText.OfJson(json).ShouldBe(expected);

    [Fact]
    public void OfJson_SeededFuzz_WhatWasJsonIsReadableJson()
    {
        string[] pieces = ["\\ud83d", "\\ude00", "\\u0041", "\\\\", "\\n", "\\\"", "a", "\ud83d\ude00", "\\uDBFF", "\\udfff", "é"];
        var random = new Random(20261129);
        for (var round = 0; round < 5000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));

            var mended = SafeText.OfJson($$"""{"{{text}}":"{{text}}"}""");

            var member = JsonElement.Parse(mended).EnumerateObject().Single();
            member.Value.GetString().ShouldBe(member.Name);
            SafeText.OfJson(mended).ShouldBe(mended);
        }
    }
}
