using LoopCluster.Engine.Events;
using LoopCluster.Engine.Plans;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Plans;

public class PlanReaderTests
{
    [Theory]
    [InlineData(Drafts.Good)]
    [InlineData("```json\n" + Drafts.Good + "\n```")]
    public void Read_Plan_IsItsSteps(string text)
    {
        var steps = Read(text, out var fault).ShouldNotBeNull(fault);

        steps.Select(s => (s.Id, s.Title, s.Gate)).ShouldBe([("parse", "Parse the file", null), ("print", "Print it", "run print")]);
        steps[0].Files.ShouldBe(["src/parse.py"]);
        steps[0].Needs.ShouldBeNull();
        steps[1].Needs.ShouldBe(["parse"]);
    }

    [Theory]
    [InlineData("", "it was empty")]
    [InlineData("1. parse\n2. print", "not one JSON object")]
    [InlineData("""{"steps":[]}""", "1 to 30 steps")]
    [InlineData("""{"steps":{}}""", "1 to 30 steps")]
    [InlineData("""[]""", "no JSON object with 'steps'")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x"}],"note":"y"}""", "nothing else")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x"}]} and more""", "not one JSON object")]
    [InlineData("""{"steps":["a"]}""", "steps[0] is no JSON object")]
    [InlineData("""{"steps":[{"id":"A B","title":"A","check":"x"}]}""", "'id' of steps[0]")]
    [InlineData("""{"steps":[{"id":"a","title":"","check":"x"}]}""", "'title' of steps[0]")]
    [InlineData("""{"steps":[{"id":"a","title":"A"}]}""", "step 'a' has no check")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":" "}]}""", "step 'a' has no check")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x","who":"me"}]}""", "other members")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x","gate":""}]}""", "'gate' of step 'a'")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x","needs":"b"}]}""", "'needs' of step 'a'")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x","files":["../x"]}]}""", "'files' of step 'a'")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x","files":["/etc"]}]}""", "'files' of step 'a'")]
    [InlineData("""{"steps":[{"id":"a","id":"b","title":"A","check":"x"}]}""", "a key is there twice")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x"},{"id":"a","title":"B","check":"x"}]}""", "the id 'a' is there 2 times")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x"},{"id":"b","title":"a","check":"x"}]}""", "'a' and 'b' are the same")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x","needs":["c"]}]}""", "needs 'c', which is no step")]
    [InlineData("""{"steps":[{"id":"a","title":"A","check":"x","needs":["a"]}]}""", "'a' wait for each other in a circle")]
    [InlineData(Drafts.Circle, "'a', 'b' wait for each other in a circle")]
    [InlineData("{\"steps\":[{\"id\":\"a\",\"title\":\"\\ud800\",\"check\":\"x\"}]}", "not one JSON object")]
    public void Read_WhatIsNone_SaysWhatIsWrong(string text, string expected)
    {
        Read(text, out var fault).ShouldBeNull();
        fault.ShouldContain(expected);
    }

    [Fact]
    public void Read_LongChain_IsNoCircle()
    {
        var steps = string.Join(
            ',',
            Enumerable
                .Range(0, PlanReader.MostSteps)
                .Reverse()
                .Select(i => $$"""{"id":"s{{i}}","title":"T{{i}}","check":"x"{{(i == 0 ? "" : $",\"needs\":[\"s{i - 1}\"]")}}}""")
        );

        Read($$"""{"steps":[{{steps}}]}""", out _).ShouldNotBeNull().Count.ShouldBe(PlanReader.MostSteps);
        Read($$"""{"steps":[{{steps}},{"id":"x","title":"x","check":"x"}]}""", out var fault).ShouldBeNull();
        fault.ShouldContain("1 to 30");
    }

    private static IReadOnlyList<PlanStep>? Read(string text, out string fault) =>
        PlanReader.Read(new PlanReply(text, ReplyFinish.Stop, 0), out fault);
}
