using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Tests.Specs;

public sealed class YamlJsonTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: 010", """{"a":10}""")]
    [InlineData("a: 0o17", """{"a":15}""")]
    [InlineData("a: 0xfF", """{"a":255}""")]
    [InlineData("a: +7", """{"a":7}""")]
    [InlineData("a: -0", """{"a":0}""")]
    [InlineData("a: 0.10", """{"a":0.10}""")]
    [InlineData("a: .5", """{"a":0.5}""")]
    [InlineData("a: -.5e3", """{"a":-0.5e3}""")]
    [InlineData("a: 1.", """{"a":1}""")]
    [InlineData("a: 007.5", """{"a":7.5}""")]
    [InlineData("a: 1e3", """{"a":1e3}""")]
    [InlineData("a: True", """{"a":true}""")]
    [InlineData("a: yes", """{"a":"yes"}""")]
    [InlineData("a: 10m", """{"a":"10m"}""")]
    [InlineData("a: 1_000", """{"a":"1_000"}""")]
    [InlineData("a: 2024-01-01", """{"a":"2024-01-01"}""")]
    [InlineData("a:\n  -", """{"a":[null]}""")]
    [InlineData("a: ~", """{"a":null}""")]
    [InlineData("a:", """{"a":null}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: \"true\"", """{"a":"true"}""")]
    [InlineData("a: !!str 1", """{"a":"1"}""")]
    [InlineData("a: !!int '1'", """{"a":1}""")]
    [InlineData("a: !!float 1", """{"a":1}""")]
    [InlineData("a: ! 1", """{"a":"1"}""")]
    [InlineData("a: |\n  x\n  y\n", """{"a":"x\ny\n"}""")]
    [InlineData("1: x", """{"1":"x"}""")]
    [InlineData("- [a, {b: c}]", """[["a",{"b":"c"}]]""")]
    [InlineData("x: &a [1]\ny: *a", """{"x":[1],"y":[1]}""")]
    [InlineData("&k a: 1\nb: *k", """{"a":1,"b":"a"}""")]
    [InlineData("x: &a 1\ny: &a 2\nz: *a", """{"x":1,"y":2,"z":2}""")]
    [InlineData("", "null")]
    [InlineData("# only a comment", "null")]
    [InlineData("--- # start\na: 1\n...\n", """{"a":1}""")]
    [InlineData("\uFEFFa: 1", """{"a":1}""")]
    [InlineData("{\n\t\"a\": \"\\ud83d\\ude00\"}", """{"a":"\ud83d\ude00"}""")]
    [InlineData("{a: 1}", """{"a":1}""")]
    [InlineData("plain", "\"plain\"")]
    public void Parse_ValidDocument_IsTypedByTheCoreSchema(string text, string json) =>
        Normal(YamlJson.Parse(text).GetRawText()).ShouldBe(Normal(json));

    [Theory]
    [InlineData("a: 1\na: 2", "line 2, column 1: the key 'a' is there twice")]
    [InlineData("a: 1\n'a': 2", "line 2, column 1: the key 'a' is there twice")]
    [InlineData("""{"a":1,"b":{"c":1,"c":2}}""", "line 1, column 19: the key 'c' is there twice")]
    [InlineData("a: &x 1\nb: {<<: *x}", "line 2, column 5: merge keys (<<) are not supported; write the members out")]
    [InlineData("a: *x", "line 1, column 4: the alias *x names no anchor before it")]
    [InlineData("a: &x [*x]", "line 1, column 8: the alias *x contains itself")]
    [InlineData("a: .inf", "line 1, column 4: .inf has no place in a document of this kind; quote it when it is text")]
    [InlineData("a: 1e999", "line 1, column 4: the number 1e999 is too large")]
    [InlineData("a: !!int x", "line 1, column 4: 'x' is no int")]
    [InlineData("a: !secret x", "line 1, column 4: the tag !secret is not supported")]
    [InlineData("a: !secret [x]", "line 1, column 4: the tag !secret is not supported")]
    [InlineData("? [a]\n: b", "line 1, column 3: a key must be text")]
    [InlineData("a: 1\n---\nb: 2", "line 2, column 1: a second document begins here; a file holds one")]
    public void Parse_Fault_SaysWhere(string text, string message) =>
        Should
            .Throw<BadInputException>(() => YamlJson.Parse(text, "spec-invalid"))
            .ShouldSatisfyAllConditions(fault => fault.Code.ShouldBe("spec-invalid"), fault => fault.Message.ShouldBe(message));

    [Theory]
    [InlineData("a: [1")]
    [InlineData("a: b: c")]
    [InlineData("a: \"\\ud800\"")]
    [InlineData("{\"a\": \"\\ud800\"}")]
    [InlineData("{\"\\udc00\": 1}")]
    [InlineData("a: \"unclosed")]
    [InlineData("%YAML 9.9\n---\na")]
    [InlineData("a: @x")]
    public void Parse_Malformed_IsBadInput(string text) =>
        Should.Throw<BadInputException>(() => YamlJson.Parse(text)).Message.ShouldNotBeNullOrWhiteSpace();

    [Fact]
    public void Parse_BillionLaughs_IsRefusedAtOnce()
    {
        var text = new StringBuilder("a0: &a0 lol\n");
        for (var level = 1; level <= 30; level++)
        {
            text.Append($"a{level}: &a{level} [{string.Join(',', Enumerable.Repeat($"*a{level - 1}", 9))}]\n");
        }

        var clock = Stopwatch.StartNew();
        Should.Throw<BadInputException>(() => YamlJson.Parse(text.ToString())).Message.ShouldContain("aliases make the document too large");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Parse_LongScalarAliasedOften_IsRefused()
    {
        var text = $"a: &a {new string('x', 1_000_000)}\nb: [{string.Join(',', Enumerable.Repeat("*a", 5_000))}]";
        Should.Throw<BadInputException>(() => YamlJson.Parse(text)).Message.ShouldContain("aliases make the document too large");
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    [InlineData("{a: ", "}")]
    public void Parse_Depth_EndsAtTheLimit(string open, string close)
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));

        YamlJson.Parse(Nested(YamlJson.DepthLimit)).ValueKind.ShouldBeOneOf(JsonValueKind.Array, JsonValueKind.Object);
        Should
            .Throw<BadInputException>(() => YamlJson.Parse(Nested(YamlJson.DepthLimit + 1)))
            .Message.ShouldContain("nested deeper than 64");
        Should.Throw<BadInputException>(() => YamlJson.Parse(Nested(100_000))).Message.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void Parse_DepthThroughAliases_EndsAtTheLimit()
    {
        var text = new StringBuilder("a0: &a0 [1]\n");
        for (var level = 1; level <= 70; level++)
        {
            text.Append($"a{level}: &a{level} [*a{level - 1}]\n");
        }

        Should.Throw<BadInputException>(() => YamlJson.Parse(text.ToString())).Message.ShouldContain("nested deeper than 64");
    }

    [Fact]
    public void Parse_TooLong_IsRefused()
    {
        Should
            .Throw<BadInputException>(() => YamlJson.Parse(new string('é', (YamlJson.SizeLimit / 2) + 1)))
            .Message.ShouldContain("more than 2 MiB");
        Should.Throw<BadInputException>(() => YamlJson.Parse(new byte[YamlJson.SizeLimit + 1])).Message.ShouldContain("more than 2 MiB");
    }

    [Fact]
    public void Parse_BytesNotUtf8_IsRefused() =>
        Should.Throw<BadInputException>(() => YamlJson.Parse([(byte)'a', 0xff])).Message.ShouldContain("not UTF-8: byte 1");

    [Fact]
    public void Parse_LargeValidDocument_IsRead()
    {
        var text = string.Concat(Enumerable.Range(0, 40_000).Select(n => $"- {{id: {n}, text: \"line {n}\"}}\n"));
        YamlJson.Parse(text).GetArrayLength().ShouldBe(40_000);
    }

    [Fact]
    public void Parse_MutatedDocuments_ReadOrAreBadInput()
    {
        const string Alphabet = "{}[]:,-?&*!|>'\"%@`#~ \t\n\\0aé<=.\u0000\u0085\ud800";
        const string Sample = "goal: |\n  text\nmodels: {a: &x [1, \"b\\n\"], c: *x}\n? k\n: - 'v'\n  - !!str 1\n";
        var random = new Random(20261120);
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder(Sample);
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                _ = random.Next(3) switch
                {
                    0 => text.Remove(at, 1),
                    1 => text.Insert(at, Alphabet[random.Next(Alphabet.Length)]),
                    _ => text.Replace(text[at], Alphabet[random.Next(Alphabet.Length)], at, 1),
                };
            }

            try
            {
                JsonDocument.Parse(YamlJson.Parse(text.ToString()).GetRawText());
                read++;
            }
            catch (BadInputException fault)
            {
                fault.Faults.Count.ShouldBe(1);
            }
        }

        read.ShouldBeInRange(1, 19_999);
    }

    private static string Normal(string json) => JsonSerializer.Serialize(JsonElement.Parse(json));
}
