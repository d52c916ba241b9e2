using LoopCluster.Engine.Skills;

namespace LoopCluster.Engine.Tests.Skills;

public class SkillWordsTests
{
    [Theory]
    [InlineData("Make the Tests pass", "make test pass")]
    [InlineData("readFileAsync HTTPServer snake_case kebab-case", "read file async httpserver snake case kebab")]
    [InlineData("queries classes does bus gas policies", "query classe bus gas policy")]
    [InlineData("utf8 x86-64 c# C", "utf8 x86 64 c")]
    [InlineData("\u6d4b\u8bd5 test", "\u6d4b \u8bd5 test")]
    [InlineData("caf\u00e9 \u00dcbung", "caf\u00e9 \u00fcbung")]
    [InlineData("\ud83d\ude00 ... \ud83d", "")]
    [InlineData(
        "0123456789012345678901234567890123456789 01234567890123456789012345678901234567890",
        "0123456789012345678901234567890123456789"
    )]
    public void Of_Text_IsItsWords(string text, string expected) =>
        SkillWords
            .Of(text)
            .Order(StringComparer.Ordinal)
            .ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("pdf", true)]
    [InlineData("a-b-9", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("a--b", false)]
    [InlineData("A", false)]
    [InlineData("../etc", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("\u00e9", false)]
    public void IsName_Text_IsWhatTheFieldTakes(string name, bool expected) => SkillNames.IsName(name).ShouldBe(expected);

    [Fact]
    public void IsName_SixtyFourCharacters_IsTheMost()
    {
        SkillNames.IsName(new string('a', 64)).ShouldBeTrue();
        SkillNames.IsName(new string('a', 65)).ShouldBeFalse();
    }

    [Fact]
    public void FilesIn_Tree_AreSkillsUpToTwoCategoriesDownAndNoneInAnother() =>
        SkillNames
            .FilesIn(
                [
                    ".agent/skills/a/SKILL.md",
                    ".agent/skills/a/examples/b/SKILL.md",
                    ".agent/skills/web/css/SKILL.md",
                    ".agent/skills/x/y/z/SKILL.md",
                    ".agent/skills/x/y/z/w/SKILL.md",
                    ".agent/skills/SKILL.md",
                    ".agent/skills/a/skill.md",
                    "src/.agent/skills/c/SKILL.md",
                ],
                ".agent/skills"
            )
            .ShouldBe([".agent/skills/a/SKILL.md", ".agent/skills/web/css/SKILL.md", ".agent/skills/x/y/z/SKILL.md"]);
}
