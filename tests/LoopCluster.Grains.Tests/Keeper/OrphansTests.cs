using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Keeper;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Tests.Keeper;

public sealed class OrphansTests
{
    private const string Self = "10.0.0.1:11111@1";
    private const string Other = "10.0.0.2:11111@2";
    private const string Dead = "10.0.0.3:11111@3";

    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(5);
    private static readonly HashSet<string> Live = [Self, Other];

    [Theory]
    [InlineData(Dead, true)]
    [InlineData(Other, false)]
    [InlineData("10.0.0.2:11111@1", true)] // A former life of a silo that lives.
    [InlineData("laptop/4711", true)] // Driven embedded, before the ledger moved to a cluster.
    [InlineData(null, true)]
    public void Is_DrivenBySomebodyElse_WhenThatSiloIsNotLive(string? host, bool orphan) =>
        Orphans.Is(Loop(host, epoch: 1), Live, Self, _ => false, Now, Age).ShouldBe(orphan);

    [Theory]
    [InlineData(true, 60, false)]
    [InlineData(false, 60, true)]
    [InlineData(false, 1, false)] // Between the index and this look it may have ended.
    public void Is_SaidToBeDrivenHere_WhenItIsNotForAWhile(bool drivenHere, int secondsAgo, bool orphan) =>
        Orphans.Is(Loop(Self, epoch: 1, secondsAgo), Live, Self, _ => drivenHere, Now, Age).ShouldBe(orphan);

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Is_NeverDriven_WhenItIsOldEnough(int secondsAgo, bool orphan) =>
        Orphans.Is(Loop(null, epoch: 0, secondsAgo), Live, Self, _ => false, Now, Age).ShouldBe(orphan);

    [Fact]
    public void ResponsibleFor_AnyOrderOfSilos_IsOneAndEverybodyHasAShare()
    {
        string[] silos = [Self, Other, Dead];
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 3000; i++)
        {
            var loop = new LoopId($"loop{i}");
            var one = Orphans.ResponsibleFor(loop, silos);
            Orphans.ResponsibleFor(loop, silos.Reverse()).ShouldBe(one);
            counts[one] = counts.GetValueOrDefault(one) + 1;
        }

        counts.Values.ShouldAllBe(c => c > 800);
        counts.Count.ShouldBe(3);
    }

    [Fact]
    public void ResponsibleFor_OneSiloLess_OnlyItsLoopsMove()
    {
        for (var i = 0; i < 1000; i++)
        {
            var loop = new LoopId($"loop{i}");
            if (Orphans.ResponsibleFor(loop, [Self, Other, Dead]) is not Dead and var one)
            {
                Orphans.ResponsibleFor(loop, [Self, Other]).ShouldBe(one);
            }
        }
    }

    [Fact]
    public void WaitAfter_ManyFailures_GrowsToAnEnd()
    {
        var waits = Enumerable.Range(1, 40).Select(LoopRetries.WaitAfter).ToArray();

        waits[0].ShouldBe(TimeSpan.FromMilliseconds(500));
        waits.ShouldBe(waits.Order());
        waits[^1].ShouldBe(TimeSpan.FromMinutes(5));
    }

    private static LoopSummary Loop(string? host, int epoch, int secondsAgo = 60)
    {
        var at = Now - TimeSpan.FromSeconds(secondsAgo);
        return new LoopSummary(new LoopId("a"), "tests", LoopStatus.Running, LoopStage.Discover, 0, 0, 0, at)
        {
            Created = at,
            Epoch = epoch,
            Host = host,
        };
    }
}
