using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Tests.Gates;

public class SamplingTests
{
    private static readonly LoopId[] Loops = [.. Enumerable.Range(0, 20_000).Select(i => new LoopId($"loop-{i}"))];

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Takes_AShare_TakesAboutSoManyAndTheSameEachTime(double share)
    {
        var taken = Loops.Where(l => Sampling.Takes(l, share)).ToList();
        (taken.Count / (double)Loops.Length).ShouldBe(share, share / 10);
        taken.ShouldAllBe(l => Sampling.Takes(l, share));
        // A larger sample has the smaller one in it.
        taken.ShouldAllBe(l => Sampling.Takes(l, share * 1.5));
    }

    [Fact]
    public void Takes_AllOrNone_AsItIsSaid()
    {
        Loops.ShouldAllBe(l => Sampling.Takes(l, 1));
        Loops.ShouldAllBe(l => !Sampling.Takes(l, 0));
        Loops.ShouldAllBe(l => !Sampling.Takes(l, null));
    }

    /// <summary>Pinned: the queue of a deployment may not change with a version.</summary>
    [Fact]
    public void Takes_KnownLoops_AreTheSameInEveryVersion() =>
        string.Join(' ', Loops.Take(40).Where(l => Sampling.Takes(l, 0.1)))
            .ShouldBe("loop-0 loop-2 loop-15 loop-17 loop-18 loop-28 loop-33 loop-37");
}
