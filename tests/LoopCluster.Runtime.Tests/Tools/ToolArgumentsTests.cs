using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Runtime.Tests.Tools;

public sealed class ToolArgumentsTests
{
    private static readonly ToolDefinition Wide = ToolSchema.Define(
        "server__tool",
        "",
        """
        { "type": "object", "required": ["name", "tags"], "additionalProperties": false,
          "properties": { "name": { "type": "string", "maxLength": 5 }, "mode": { "type": "string", "enum": ["r", "w"] }, "count": { "type": "integer", "minimum": 1, "maximum": 9 },
                          "tags": { "type": "array", "maxItems": 2, "items": { "type": "string" } }, "deep": { "type": "object", "required": ["x"], "properties": { "x": { "type": ["number", "null"] } } } } }
        """,
        EffectClass.External
    );

    private static ToolRegistry Registry { get; } = new(BuiltInTools.Create(TimeProvider.System));

    [Theory]
    [InlineData("""{"name": "a", "tags": []}""")]
    [InlineData("""{"name": "a", "tags": ["x", "y"], "mode": "w", "count": 9, "deep": {"x": null}}""")]
    [InlineData("""{"name": "a", "tags": [], "count": null}""")]
    [InlineData("\"{\\\"name\\\": \\\"a\\\", \\\"tags\\\": []}\"")]
    public void TryParse_Fitting_IsTaken(string json)
    {
        ToolArguments.TryParse(Wide, json, out var arguments, out var error).ShouldBeTrue(error);

        arguments.GetProperty("name").GetString().ShouldBe("a");
    }

    [Theory]
    [InlineData("""{"name": "a"}""", "argument 'tags' is missing (an array)")]
    [InlineData("""{"name": null, "tags": []}""", "argument 'name' must be a string, not null")]
    [InlineData(
        """{"name": 1, "tags": "x"}""",
        "argument 'name' must be a string, not a number; argument 'tags' must be an array, not a string"
    )]
    [InlineData("""{"name": "abcdef", "tags": []}""", "argument 'name' has 6 characters, the most is 5")]
    [InlineData("""{"name": "a", "tags": [1]}""", "argument 'tags[0]' must be a string")]
    [InlineData("""{"name": "a", "tags": ["1","2","3"]}""", "argument 'tags' has 3 items, the most is 2")]
    [InlineData("""{"name": "a", "tags": [], "mode": "x"}""", "argument 'mode' must be one of [\"r\", \"w\"]")]
    [InlineData("""{"name": "a", "tags": [], "count": 0}""", "argument 'count' must be at least 1")]
    [InlineData("""{"name": "a", "tags": [], "count": 1.5}""", "argument 'count' must be a whole number")]
    [InlineData("""{"name": "a", "tags": [], "count": "1"}""", "argument 'count' must be a whole number, not a string")]
    [InlineData("""{"name": "a", "tags": [], "deep": {}}""", "argument 'deep.x' is missing (a number or null)")]
    [InlineData("""{"nmae": "a", "tags": []}""", "did you mean 'name'?")]
    [InlineData("""{"name": "a", "name": "b", "tags": []}""", "a key is given twice")]
    [InlineData("""{"name": "a", "n\u0061me": "b", "tags": []}""", "a key is given twice")]
    [InlineData("""{"name": "\ud800", "tags": []}""", "not valid Unicode")]
    [InlineData("""{"name": "a", "tags": [""", "not valid JSON (line 1")]
    [InlineData("""[1]""", "must be one JSON object")]
    [InlineData("""{"name": "a", "tags": []} rm""", "not valid JSON")]
    [InlineData("", "argument 'name' is missing (a string)")]
    [InlineData("null", "argument 'name' is missing")]
    [InlineData("\"\\\"x\\\"\"", "must be one JSON object")]
    public void TryParse_NotFitting_NamesTheArgumentAndGivesAnExample(string json, string expected)
    {
        ToolArguments.TryParse(Wide, json, out _, out var error).ShouldBeFalse();

        error!.ShouldContain(expected, Case.Sensitive);
        error.ShouldStartWith("server__tool: ");
        error.ShouldEndWith("""Example: {"name": "...", "tags": []}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("null")]
    [InlineData("{}")]
    public void TryParse_NoArgumentsForAToolThatNeedsNone_IsTaken(string json)
    {
        Registry.TryGet("list_files", out var tool).ShouldBeTrue();

        ToolArguments.TryParse(tool!.Definition, json, out var arguments, out _).ShouldBeTrue();
        arguments.GetRawText().ShouldBe("{}");
    }

    [Fact]
    public void TryParse_LoneSurrogateInTheText_IsAnErrorNotAnException() =>
        ToolArguments.TryParse(Wide, "{\"name\": \"\ud800\", \"tags\": []}", out _, out _).ShouldBeFalse();

    [Fact]
    public void TryParse_OverTheLimit_IsRefusedBeforeItIsRead()
    {
        ToolArguments.TryParse(Wide, $$"""{"name": "{{new string('x', ToolArguments.Limit)}}"}""", out _, out var error).ShouldBeFalse();

        error!.Length.ShouldBeLessThan(300);
        error.ShouldContain("longer than");
    }

    [Fact]
    public void TryParse_DeeplyNested_IsRefused() => ToolArguments.TryParse(Wide, new string('[', 100_000), out _, out _).ShouldBeFalse();

    [Fact]
    public void TryParse_ThousandsOfUnknownArguments_HasABoundedError()
    {
        var json = $"{{{string.Join(",", Enumerable.Range(0, 5000).Select(i => $"\"k{i}\":1"))}}}";

        ToolArguments.TryParse(Wide, json, out _, out var error).ShouldBeFalse();
        error!.Length.ShouldBeLessThan(2000);
    }

    [Theory]
    [InlineData("secrets/key")]
    [InlineData("./secrets/key")]
    [InlineData("secrets//key")]
    [InlineData("/workspace/secrets/key")]
    [InlineData("/workspace/./secrets/./key/")]
    public void TryParse_PathOfABuiltInTool_HasOneFormForThePolicy(string path)
    {
        Registry.TryGet("read_file", out var tool).ShouldBeTrue();

        ToolArguments.TryParse(tool!.Definition, $$"""{"path": "{{path}}", "start": 3}""", out var arguments, out _).ShouldBeTrue();

        arguments.GetProperty("path").GetString().ShouldBe("secrets/key");
        arguments.GetProperty("start").GetInt32().ShouldBe(3);
    }
}
