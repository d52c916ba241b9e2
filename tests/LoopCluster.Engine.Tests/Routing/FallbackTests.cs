using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Routing;

/// <summary>
/// A model that fails rests, and the next of its tier is asked at once; only when all of them rest is anything waited for.
/// </summary>
public class FallbackTests
{
    [Theory]
    [InlineData(ModelFailureKind.RateLimited)]
    [InlineData(ModelFailureKind.ServerError)]
    [InlineData(ModelFailureKind.Timeout)]
    [InlineData(ModelFailureKind.Unreachable)]
    [InlineData(ModelFailureKind.BrokenReply)]
    [InlineData(ModelFailureKind.Overloaded)]
    [InlineData(ModelFailureKind.CircuitOpen)]
    [InlineData(ModelFailureKind.Refused)]
    public void Next_AfterAFailure_IsTheNextOfTheTierAtOnce(ModelFailureKind kind)
    {
        var history = Tiers.Fails(Tiers.InAttempt(), kind, assumed: kind == ModelFailureKind.Timeout);

        Tiers.Told(history).ShouldBe(("spare", "small", RouteCause.Fallback));
        history.State.Outage.ShouldBeNull();
        history.Then<CallModel>().NotBefore.ShouldBeLessThanOrEqualTo(history.State.UpdatedAt);
    }

    [Fact]
    public void Next_WhileTheFirstRests_StaysWithTheOther()
    {
        var history = Tiers.Fails(Tiers.InAttempt(), ModelFailureKind.RateLimited, retryAfterMs: 30_000);
        history.After(10).Replied(Sample.Call("shell")).Ran();
        Tiers.Told(history).ShouldBe(("spare", "small", RouteCause.Fallback));

        // What it asked for is over.
        history.After(21).Replied(Sample.Call("shell", """{"x":"2"}""")).Ran();
        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Configured));
    }

    [Fact]
    public void Next_AllOfTheTierFailed_WaitsForTheOneThatMayBeAskedFirst()
    {
        var history = Tiers.Fails(Tiers.InAttempt(), ModelFailureKind.RateLimited, retryAfterMs: 20_000);
        Tiers.Fails(history, ModelFailureKind.RateLimited, retryAfterMs: 60_000);

        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Retried));
        history.State.Outage.ShouldNotBeNull().Of.ShouldBe(OutageOf.Model);
        var due = history.Then<CallModel>().NotBefore - history.State.UpdatedAt;
        due.TotalSeconds.ShouldBe(20, 0.1);
    }

    /// <summary>Each rests for less time than the other takes to fail: nobody is waited for, and yet nobody answers.</summary>
    [Fact]
    public void Next_AllFailSlowerThanTheyRest_IsAnOutageAndParks()
    {
        var history = Tiers.InAttempt(Sample.Spec() with { Outage = Duration.FromSeconds(60) });
        Tiers.Fails(history, ModelFailureKind.Timeout, assumed: true);
        Tiers.Fails(history.After(600), ModelFailureKind.Timeout, assumed: true);

        history.State.Outage.ShouldNotBeNull();
        history.Then<CallModel>().NotBefore.ShouldBeGreaterThan(history.State.UpdatedAt);
        Tiers.Fails(history.After(600), ModelFailureKind.Timeout, assumed: true);
        history.Decide().State.Status.ShouldBe(LoopStatus.Parked);
    }

    [Fact]
    public void Next_TierAwayBeyondPatience_ParksTheLoop()
    {
        var history = Tiers.InAttempt(Sample.Spec() with { Outage = Duration.FromSeconds(60) });
        for (var tries = 0; tries < 30 && history.State.Status == LoopStatus.Running; tries++)
        {
            history.After(Math.Max(0, (history.Then<CallModel>().NotBefore - history.State.UpdatedAt).TotalSeconds));
            Tiers.Fails(history, ModelFailureKind.Unreachable).Decide();
        }

        history.State.Status.ShouldBe(LoopStatus.Parked);
        history.State.StopReason.ShouldNotBeNull().ShouldContain("unavailable");
        // With fresh patience it begins with the first.
        Tiers.Told(history.Crashed()).ShouldBe(("cheap", "small", RouteCause.Configured));
    }

    [Fact]
    public void Next_AllRefuse_ParksTheLoop()
    {
        var history = Tiers.Fails(Tiers.InAttempt(), ModelFailureKind.Refused);
        Tiers.Fails(history, ModelFailureKind.Refused).Decide();

        history.State.Status.ShouldBe(LoopStatus.Parked);
        history.State.StopReason.ShouldNotBeNull().ShouldContain("is unavailable");
    }

    [Fact]
    public void Next_OneRefusesAndTheOtherIsBusy_WaitsForTheBusyOne()
    {
        var history = Tiers.Fails(Tiers.InAttempt(), ModelFailureKind.RateLimited, retryAfterMs: 5_000);
        Tiers.Fails(history, ModelFailureKind.Refused);

        Tiers.Told(history).Model.ShouldBe("cheap");
        (history.Then<CallModel>().NotBefore - history.State.UpdatedAt).TotalSeconds.ShouldBe(5, 0.1);
        Tiers.Fails(history.After(5), ModelFailureKind.RateLimited, retryAfterMs: 5_000);
        Tiers.Told(history).Model.ShouldBe("cheap", "the other will never answer");
    }

    [Fact]
    public void Next_FilteredReply_AsksTheOther()
    {
        var history = Tiers.InAttempt().Says("", ReplyFinish.ContentFilter);
        Tiers.Told(history).ShouldBe(("spare", "small", RouteCause.Fallback));
    }

    [Fact]
    public void Next_TwoUnusableReplies_AsksTheOther()
    {
        var history = Tiers.InAttempt().Says("");
        Tiers.Told(history).Model.ShouldBe("cheap");
        Tiers.Told(history.Says("")).ShouldBe(("spare", "small", RouteCause.Fallback));
    }

    [Fact]
    public void Next_ModelThatIsAloneInItsTier_IsNeverFallenBackFrom()
    {
        var created = Sample.Created(Sample.Spec(), ("make", Tiers.Cheap), ("judge", Tiers.Dear), ("plan", Tiers.Spare));
        var history = History.InAttempt(created);
        for (var tries = 0; tries < 5; tries++)
        {
            history.After(60);
            Tiers.Fails(history, ModelFailureKind.Unreachable);
            Tiers.Told(history).ShouldBe(("cheap", "default", RouteCause.Retried));
        }
    }

    [Fact]
    public void Room_OfATier_IsItsSmallestWindow()
    {
        var created = Tiers.Created(cheap: Tiers.Cheap with { Window = 131_072 });
        History.InAttempt(created).State.Agents[AgentNames.Make].Narrowest.Name.ShouldBe("spare");
    }

    [Fact]
    public void Next_CrashWhileTheOtherWasAsked_GoesOnWithIt()
    {
        var history = Tiers.Fails(Tiers.InAttempt(), ModelFailureKind.Overloaded);
        history.Asked();
        history.Crashed().Decide();
        Tiers.Told(history).ShouldBe(("spare", "small", RouteCause.Fallback));
    }
}
