using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;

namespace LoopCluster.Engine.Tests.Gates;

public class StuckTraceTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("a", 1, 0)]
    [InlineData("aaa", 3, 0)]
    [InlineData("ab", 1, 2)]
    [InlineData("abab", 1, 4)]
    [InlineData("aabab", 1, 4)]
    [InlineData("ababb", 2, 0)]
    [InlineData("ababba", 1, 2)]
    [InlineData("abcab", 1, 2)]
    [InlineData("abcbc", 1, 4)]
    public void With_Steps_CountsRepeatsAtTheEnd(string steps, int same, int alternating)
    {
        var trace = steps.Aggregate(StuckTrace.Empty, (t, step) => t.With(Step(step)));
        (trace.Same, trace.Alternating).ShouldBe((same, alternating));
    }

    [Fact]
    public void With_AnySteps_AgreesWithCountingThemAll()
    {
        var random = new Random(7);
        for (var run = 0; run < 500; run++)
        {
            var steps = Enumerable.Range(0, random.Next(1, 30)).Select(_ => "abc"[random.Next(3)]).ToList();
            var trace = steps.Aggregate(StuckTrace.Empty, (t, step) => t.With(Step(step)));
            var same = steps.AsEnumerable().Reverse().TakeWhile(s => s == steps[^1]).Count();
            var alternating = steps.Count < 2 || steps[^1] == steps[^2] ? 0 : 2;
            for (var i = steps.Count - 3; alternating > 0 && i >= 0 && steps[i] == steps[i + 2]; i--)
            {
                alternating++;
            }

            (trace.Same, trace.Alternating).ShouldBe((same, alternating), string.Concat(steps));
        }
    }

    [Fact]
    public void With_StepsThatDifferInOnePart_AreNotTheSame()
    {
        var step = Step('a');
        foreach (
            var other in (StuckStep[])
                [
                    step with
                    {
                        Tool = "b",
                    },
                    step with
                    {
                        Arguments = "b",
                    },
                    step with
                    {
                        Outcome = ToolOutcome.Error,
                    },
                    step with
                    {
                        Observed = "b",
                    },
                ]
        )
        {
            StuckTrace.Empty.With(step).With(other).Same.ShouldBe(1);
        }
    }

    private static StuckStep Step(char name) => new("shell", name.ToString(), ToolOutcome.Ok, "seen");
}
