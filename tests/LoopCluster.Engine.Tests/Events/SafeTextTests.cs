using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Tests.Events;

/// <summary>Text of models is hostile: what passes here can be written, read back and parsed by everything behind it.</summary>
public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\ud83d\ude00", "\ud83d\ude00")]
    [InlineData("a\ud83d", "a\ufffd")]
    [InlineData("\ude00\ud83d", "\ufffd\ufffd")]
    public void Of_HalvesOfPairs_AreReplaced(string text, string expected) => SafeText.Of(text).ShouldBe(expected);

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
