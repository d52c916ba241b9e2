using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Specs;

public class SkillsSpecTests
{
    [Theory]
    [InlineData("\"none\"", true, 4000, 3, "")]
    [InlineData("\"mine\"", false, 4000, 3, "/specs/mine")]
    [InlineData("[\"mine\", \"/their\"]", false, 4000, 3, "/specs/mine /their")]
    [InlineData("""{ "from": "../up", "tokens": 100, "most": 0 }""", false, 100, 0, "/up")]
    [InlineData("""{ "tokens": 9000 }""", false, 9000, 3, "")]
    public void Read_Skills_AreFoldersAndBounds(string skills, bool none, int tokens, int most, string from)
    {
        var read = Read(skills, SpecOrigin.File("/specs")).Skills.ShouldNotBeNull();

        (read.None, read.Tokens, read.Most, string.Join(' ', read.From)).ShouldBe((none, tokens, most, from));
    }

    [Theory]
    [InlineData("3", "skills", "must be text")]
    [InlineData("""{ "from": [1] }""", "skills.from[0]", "must be text")]
    [InlineData("""{ "tokens": 1 }""", "skills.tokens", "from 100")]
    [InlineData("""{ "form": "x" }""", "skills.form", "did you mean 'from'")]
    [InlineData("\"~/skills\"", "skills", "'~' is not expanded")]
    public void Read_SkillsThatAreNone_AreToldWithTheirPath(string skills, string path, string message)
    {
        var fault = Should.Throw<BadInputException>(() => Read(skills, SpecOrigin.File("/specs"))).Faults.ShouldHaveSingleItem();

        (fault.Path, fault.Message.Contains(message, StringComparison.Ordinal)).ShouldBe((path, true), fault.Message);
    }

    [Fact]
    public void Read_FolderInASpecOfTheNetwork_IsRefused()
    {
        var refused = Should.Throw<BadInputException>(() => Read("\"/etc\"", SpecOrigin.Api));

        (refused.Code, refused.Faults[0].Message.Contains(".agent/skills", StringComparison.Ordinal)).ShouldBe(
            ("spec-path-not-allowed", true)
        );
        Read("""{ "most": 1 }""", SpecOrigin.Api).Skills!.Most.ShouldBe(1);
        Read("\"none\"", SpecOrigin.Api).Skills!.None.ShouldBeTrue();
    }

    private static LoopSpec Read(string skills, SpecOrigin origin) =>
        LoopSpecReader.Read(
            Sample.Json(
                $$"""{ "goal": "g", "workspace": { "files": { "a": "b" } }, "model": "m", "gates": [ { "name": "t", "run": "x" } ], "skills": {{skills}} }"""
            ),
            origin
        );
}
