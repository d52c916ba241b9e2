using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

public class RulesTextTests
{
    [Fact]
    public void CommonAmong_Paths_AreTheRootsFirstAndNoForeignOnes() =>
        RulesText
            .CommonAmong([
                "z/AGENTS.md",
                "a/b/AGENTS.md",
                "AGENTS.md",
                "node_modules/x/AGENTS.md",
                ".cache/AGENTS.md",
                "AGENTS.md.bak",
                "agents.md",
                "XAGENTS.md",
            ])
            .ShouldBe(["AGENTS.md", "z/AGENTS.md", "a/b/AGENTS.md"]);

    [Fact]
    public void Request_OnlyOwnRules_SaysThemAsEver() =>
        SystemOf(Sample.Imported).ShouldContain("\n\n# Rules of this repository\nKeep it simple.\n\n# Gates");

    [Fact]
    public void Request_BothKinds_NamesEachWithItsFolder()
    {
        var system = SystemOf(
            Sample.Imported with
            {
                RuleFiles =
                [
                    new(RulesText.Own),
                    new("AGENTS.md", "Use tabs."),
                    new("web/AGENTS.md", "Use spaces."),
                    new("x/AGENTS.md", Skipped: "a link"),
                ],
            }
        );

        system.ShouldContain("the one nearest to the file you work on counts");
        system.ShouldContain(
            "## .agent/RULES.md\nKeep it simple.\n\n## AGENTS.md\nUse tabs.\n\n## web/AGENTS.md (for files under web/)\nUse spaces."
        );
        system.ShouldNotContain("x/AGENTS.md");
    }

    [Fact]
    public void Request_ManyNested_TheRestIsNamedToBeRead()
    {
        var system = SystemOf(
            Sample.Imported with
            {
                Rules = null,
                RuleFiles = [new("a/AGENTS.md", new string('a', 10_000)), new("b/AGENTS.md", new string('b', 10_000))],
            }
        );

        system.ShouldContain("## a/AGENTS.md (for files under a/)\naaaa");
        system.ShouldContain("## b/AGENTS.md\nNot shown here: read it before you change a file under b/");
    }

    private static string SystemOf(BaseImported imported)
    {
        using var request = System.Text.Json.JsonDocument.Parse(
            History.InAttempt(Sample.Created(Sample.Spec()), imported).Then<CallModel>().Body
        );
        return request.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
    }
}
