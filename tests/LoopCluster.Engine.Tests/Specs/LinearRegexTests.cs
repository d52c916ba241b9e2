using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Specs;

/// <summary>What a pattern costs is bounded by counting, so that the answer is the same in every replay.</summary>
public sealed class LinearRegexTests
{
    [Theory]
    [InlineData("abc", 3)]
    [InlineData("[ab]*a[ab]{300}c", 304)]
    [InlineData("(a{10}){20}b", 221)]
    [InlineData("a{3,}", 4)]
    [InlineData("a{,3}", 5)]
    [InlineData(@"[\]{9}]\{9}", 4)]
    public void PatternSize_Repeats_AreMultiplied(string pattern, long expected) => PatternSize.Of(pattern).ShouldBe(expected);

    [Fact]
    public void IsMatch_TextBeyondTheBound_IsMatchedAtItsEnds()
    {
        var regex = LinearRegex.Create("^[xy]{300}z$", multiline: true);
        var most = LinearRegex.MostCharacters(regex);
        var wanted = new string('x', 300) + "z\n";
        var filler = new string('\n', most);

        LinearRegex.IsMatch(regex, wanted + filler).ShouldBeTrue();
        LinearRegex.IsMatch(regex, filler + wanted).ShouldBeTrue();
        LinearRegex.IsMatch(regex, filler + wanted + filler).ShouldBeFalse();
        LinearRegex.IsMatch(regex, filler).ShouldBeFalse();
    }

    [Fact]
    public void Read_ManyUnknownKeys_FaultsAreFew()
    {
        var keys = string.Join(',', Enumerable.Range(0, 9000).Select(i => $"\"k{i}\":1"));

        var fault = Should.Throw<BadInputException>(() => LoopSpecReader.Read(JsonElement.Parse($"{{{keys}}}"), SpecOrigin.Api));
        fault.Faults.Count.ShouldBe(101);
        fault.Faults[^1].Message.ShouldStartWith("and ");

        var more = string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"k{i}\":1"));
        Should
            .Throw<BadInputException>(() => LoopSpecReader.Read(JsonElement.Parse($"{{{more}}}"), SpecOrigin.Api))
            .Faults.ShouldHaveSingleItem()
            .Message.ShouldContain("keys, the most is 10000");
    }
}
