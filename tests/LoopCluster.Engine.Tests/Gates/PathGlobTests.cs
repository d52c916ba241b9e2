using LoopCluster.Engine.Gates;

namespace LoopCluster.Engine.Tests.Gates;

public sealed class PathGlobTests
{
    [Theory]
    [InlineData("tests", "tests/a/b.py", true)]
    [InlineData("tests/", "tests/a", true)]
    [InlineData("/tests", "tests/a", true)]
    [InlineData("./tests", "tests", true)]
    [InlineData("tests/**", "tests/a/b", true)]
    [InlineData("tests/**", "tests", true)]
    [InlineData("tests", "tests2/a", false)]
    [InlineData("tests", "src/tests/a", false)]
    [InlineData("tests", "Tests/a", false)]
    [InlineData("**/tests", "src/tests/a", true)]
    [InlineData("**/tests", "tests/a", true)]
    [InlineData("**", "anything/at/all", true)]
    [InlineData("*.py", "a.py", true)]
    [InlineData("*.py", "d/a.py", false)]
    [InlineData("*.py", "a.py/below", true)]
    [InlineData("**/*.py", "d/e/a.py", true)]
    [InlineData("src/*/x", "src/a/x", true)]
    [InlineData("src/*/x", "src/a/b/x", false)]
    [InlineData("src/**/x", "src/x", true)]
    [InlineData("src/**/x", "src/a/b/x/y", true)]
    [InlineData("a**b", "axyb", true)]
    [InlineData("a**b", "a/b", false)]
    [InlineData("?", "x", true)]
    [InlineData("?", "xy", false)]
    [InlineData("?", "😀", true)]
    [InlineData("*", ".hidden", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[^a]x", "bx", true)]
    [InlineData("[]]", "]", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    [InlineData("{a,b/c}/d", "b/c/d", true)]
    [InlineData("{a,b/c}/d", "c/d", false)]
    [InlineData("x{,y{1,2}}", "xy2", true)]
    [InlineData("x{,y{1,2}}", "x", true)]
    [InlineData("[{]a,b}", "{a,b}", false)]
    [InlineData("\\{a,b\\}", "{a,b}", true)]
    [InlineData("[{,}]", ",", true)]
    [InlineData("package-lock.json", "package-lock.json", true)]
    public void IsMatch_PatternAndPath_MatchesAsDocumented(string pattern, string path, bool expected)
    {
        if (!PathGlob.TryParse(pattern, out var glob, out var fault))
        {
            expected.ShouldBeFalse(fault);
            return;
        }

        glob!.IsMatch(path).ShouldBe(expected);
    }

    [Theory]
    [InlineData("pkg/tests/**", "pkg", true)]
    [InlineData("pkg/tests/**", "other", false)]
    [InlineData("pkg/**/t.py", "pkg/a/b", true)]
    [InlineData("*/tests", "x", true)]
    [InlineData("**/conftest.py", "x", false)]
    [InlineData("**/pkg/tests", "a/pkg", true)]
    [InlineData("**/pkg/tests", "a/b", false)]
    [InlineData("tests", "src", false)]
    public void CanMatchBelow_Path_OnlyWhenItsNameCounts(string pattern, string path, bool expected) =>
        PathGlob.Parse(pattern).CanMatchBelow(path).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/./b")]
    [InlineData("[a")]
    [InlineData("[]")]
    [InlineData("{a")]
    [InlineData("a}")]
    [InlineData("a\\")]
    [InlineData("{a,}")]
    [InlineData("{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}")]
    public void TryParse_MalformedPattern_SaysWhy(string pattern)
    {
        PathGlob.TryParse(pattern, out var glob, out var fault).ShouldBeFalse();
        glob.ShouldBeNull();
        fault.ShouldNotBeNullOrEmpty();
        Should.Throw<FormatException>(() => PathGlob.Parse(pattern)).Message.ShouldBe(fault);
    }

    [Fact]
    public void IsMatch_PatternMadeToBacktrack_StaysFast()
    {
        var glob = PathGlob.Parse(string.Join('/', Enumerable.Repeat("**/*a*a*a*a*a*b", 10)));
        var path = string.Join('/', Enumerable.Repeat(new string('a', 200), 60));

        glob.IsMatch(path).ShouldBeFalse();
    }
}
