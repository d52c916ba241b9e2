using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Tests.Routing;

/// <summary>A session stays where its prefix is, unless others have much less to do.</summary>
public class AffinityRulesTests
{
    private static readonly ReplicaLoad[] Idle = [.. Enumerable.Range(0, 5).Select(i => new ReplicaLoad($"http://gpu-{i}/v1"))];

    [Fact]
    public void Choose_NoLoad_IsTheSameInEveryProcessAndOrder()
    {
        foreach (var session in Sessions(200))
        {
            var first = AffinityRules.Choose(session, Idle, null, false);
            first.Cause.ShouldBe(ReplicaCause.First);
            AffinityRules.Choose(session, [.. Idle.Reverse()], null, false).ShouldBe(first);
            AffinityRules.Choose(session, Idle, first.Url, false).ShouldBe(first with { Cause = ReplicaCause.Cold });
        }
    }

    [Fact]
    public void Choose_NoLoad_SharesSessionsOutEvenly()
    {
        var counts = Sessions(5000).CountBy(s => AffinityRules.Choose(s, Idle, null, false).Url).ToDictionary();
        counts.Count.ShouldBe(Idle.Length);
        counts.Values.ShouldAllBe(c => c > 850 && c < 1150);
    }

    [Fact]
    public void Choose_ReplicaLeaves_MovesNoOthersSessions()
    {
        foreach (var session in Sessions(500))
        {
            var before = AffinityRules.Choose(session, Idle, null, false).Url;
            var after = AffinityRules.Choose(session, Idle[..^1], null, false).Url;
            (before == Idle[^1].Url || before == after).ShouldBeTrue();
        }
    }

    [Fact]
    public void Choose_Warm_StaysUnderALittleMoreLoad()
    {
        var loads = With(1, waiting: AffinityRules.MostWaiting - 1);
        AffinityRules.Choose("s", loads, loads[1].Url, true).ShouldBe(new ReplicaChoice(loads[1].Url, ReplicaCause.Warm));
    }

    [Fact]
    public void Choose_WarmAndLoaded_Moves()
    {
        var loads = With(1, waiting: AffinityRules.MostWaiting);
        var choice = AffinityRules.Choose("s", loads, loads[1].Url, true);
        choice.Cause.ShouldBe(ReplicaCause.Moved);
        choice.Url.ShouldNotBe(loads[1].Url);
    }

    [Fact]
    public void Choose_AllAreLoaded_StaysWarm()
    {
        ReplicaLoad[] loads = [.. Idle.Select(r => r with { Waiting = 50, Cache = 1 })];
        AffinityRules.Choose("s", loads, loads[3].Url, true).Cause.ShouldBe(ReplicaCause.Warm);
    }

    [Fact]
    public void Choose_CacheFullAndSomebodyWaits_Moves()
    {
        ReplicaLoad[] loads = [.. With(2, waiting: 1).Select(r => r with { Cache = r.Url == Idle[2].Url ? 0.99 : 0.3 })];
        AffinityRules.Choose("s", loads, loads[2].Url, true).Cause.ShouldBe(ReplicaCause.Moved);
    }

    [Fact]
    public void Choose_Sick_IsPassedOverWhereThereIsAnother()
    {
        ReplicaLoad[] loads = [.. Idle.Select((r, i) => r with { Sick = i != 4 })];
        AffinityRules.Choose("s", loads, loads[0].Url, true).ShouldBe(new ReplicaChoice(loads[4].Url, ReplicaCause.Moved));
        AffinityRules.Choose("s", [.. Idle.Select(r => r with { Sick = true })], null, false).Url.ShouldNotBeNull();
    }

    [Fact]
    public void Choose_LoadedReplica_GetsFewerNewSessions()
    {
        var loads = With(0, waiting: 12);
        var share = Sessions(5000).Count(s => AffinityRules.Choose(s, loads, null, false).Url == Idle[0].Url) / 5000.0;
        // A quarter of the weight of the others: 1 of 17.
        share.ShouldBeInRange(0.04, 0.08);
    }

    private static ReplicaLoad[] With(int index, int waiting) => [.. Idle.Select((r, i) => i == index ? r with { Waiting = waiting } : r)];

    private static IEnumerable<string> Sessions(int count) => Enumerable.Range(0, count).Select(i => $"loop-{i}/make");
}
