using LoopCluster.Engine.Skills;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Skills;

public class SkillSearchTests
{
    [Theory]
    [InlineData("make the tests pass", "fix-python-tests tests-in-go sql-migrations")]
    [InlineData("pytest: 2 failed, AssertionError in a traceback", "fix-python-tests")]
    [InlineData("add a PostgreSQL migration", "sql-migrations")]
    [InlineData("group the commits since the tag for the notes", "release-notes")]
    [InlineData("Go table", "tests-in-go")]
    [InlineData("two dimensions of a page", "css-layout")]
    [InlineData("kubernetes", "")]
    [InlineData("the and of", "")]
    public void Find_FixedSet_IsRankedAsExpected(string query, string expected) =>
        string.Join(' ', SkillSearch.Find([Guides.Library()], SkillQuery.Of(query), 10).Select(h => h.Skill.Name)).ShouldBe(expected);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Find_AnySet_IsTheReferencesRanking(int seed)
    {
        var random = new Random(seed);
        string[] vocabulary = [.. Enumerable.Range(0, 60).Select(i => $"word{(char)('a' + (i % 26))}{(char)('a' + (i / 26))}")];
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => vocabulary[random.Next(random.Next(1, 60))]));
        var (server, own) = (Some(SkillSource.Server, 120), Some(SkillSource.Repository, 40));

        for (var i = 0; i < 20; i++)
        {
            var query = Text(1 + random.Next(30));
            var right = ReferenceRanking.Of([own, server], query);
            SkillSearch
                .Find([server, own], SkillQuery.Of(query), 25)
                .Select(h => (h.Source, h.Skill.Name, h.Score))
                .ShouldBe(right.Take(25).Select(h => (h.Source, h.Skill.Name, h.Score)));
        }

        // Some names are in both.
        SkillLibrary Some(SkillSource source, int count) =>
            new(source, Enumerable.Range(0, count).Select(i => Guides.Of($"skill-{i * 3 % 100}", Text(8), Text(40))));
    }

    [Fact]
    public void Find_NameInTwoLibraries_OnlyTheNearestIsFound()
    {
        var near = new SkillLibrary(SkillSource.Spec, [Guides.Of("deploy", "how we deploy")]);
        var far = new SkillLibrary(SkillSource.Server, [Guides.Of("deploy", "deploy deploy deploy"), Guides.Of("other", "deploy too")]);

        var found = SkillSearch.Find([far, near], SkillQuery.Of("deploy"), 10);

        found.Where(h => h.Skill.Name == "deploy").ShouldHaveSingleItem().Source.ShouldBe(SkillSource.Spec);
        found.Count.ShouldBe(2);
        SkillSearch.Named([far, near], "deploy")!.Skill.Description.ShouldBe("how we deploy");
        SkillSearch.Named([far, near], "none").ShouldBeNull();
    }

    [Fact]
    public void Find_EqualScores_AreInOrderOfNames()
    {
        var library = Guides.Library(Guides.Of("b-x", "same"), Guides.Of("a-x", "same"), Guides.Of("c-x", "same"));

        SkillSearch.Find([library], SkillQuery.Of("same"), 2).Select(h => h.Skill.Name).ShouldBe(["a-x", "b-x"]);
    }

    [Fact]
    public void Find_LongOutput_OnlyItsRarestWordsCount()
    {
        var noise = string.Join(' ', Enumerable.Range(0, 500).Select(i => $"noise{(char)('a' + (i % 26))}{(char)('a' + (i / 26))}"));
        var library = Guides.Library(Guides.Of("noisy", noise[..900]), Guides.Of("quiet", "the flux capacitor"));

        SkillSearch.Find([library], SkillQuery.Of(noise + " flux"), 5)[0].Words.ShouldBeLessThanOrEqualTo(SkillQuery.MostWords);
    }

    [Fact]
    public void Library_WrittenAndRead_IsTheSameBytes()
    {
        var library = Guides.Library(Guides.Of("odd", "a \"quoted\" \u2028 \ud83d\ude00", "line\n\tline\n---\n"), Guides.Of("b", "two"));

        var read = SkillLibrary.Read(SkillSource.Repository, library.ToBytes());

        read.Skills.ShouldBe(library.Skills);
        read.ToBytes().ShouldBe(library.ToBytes());
        Guides.Library([.. library.Skills.Reverse()]).ToBytes().ShouldBe(library.ToBytes(), "equal skills are one blob");
    }
}
