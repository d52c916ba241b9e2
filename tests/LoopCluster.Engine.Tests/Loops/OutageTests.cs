using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

/// <summary>An outage is waited for within the spec's patience, and then parks the loop; it never ends one.</summary>
public class OutageTests
{
    [Fact]
    public void Next_EndpointAwayForLongerThanPatience_TriesUntilItsEndThenParks()
    {
        var history = History.InAttempt(Patient(30 * 60));
        var since = default(DateTimeOffset);
        var tries = 0;
        while (history.Next is CallModel call)
        {
            history
                .After((call.NotBefore - history.State.UpdatedAt).TotalSeconds is > 0 and var wait ? wait : 0)
                .Given(call.Intent!)
                .Given(Failed(ModelFailureKind.Unreachable));
            since = tries++ == 0 ? history.State.UpdatedAt : since;
        }

        history.Decide().State.Status.ShouldBe(LoopStatus.Parked);
        history.State.IsTerminal.ShouldBeFalse();
        ExitCodes.For(history.State.Status).ShouldBe(ExitCodes.Unavailable);
        history.Then<Wait>();
        (history.State.UpdatedAt - since).TotalMinutes.ShouldBeInRange(30, 30.5);
        tries.ShouldBeInRange(20, 80);
        history.State.Spend.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1), "the deadline stands still while it waits");
        history.State.Spend.Tokens.ShouldBe(0);
    }

    [Fact]
    public void Next_ParkedLoopTakenUp_TriesAtOnceWithFreshPatience()
    {
        var history = Parked();

        history.After(86_400).Given(new DriverStarted(2, "there"));

        history.State.Status.ShouldBe(LoopStatus.Running);
        history.Then<CallModel>().NotBefore.ShouldBeLessThanOrEqualTo(history.State.UpdatedAt);
        history.Says("done").Then<RunGate>();
        history.State.Outage.ShouldBeNull();
    }

    [Theory]
    [InlineData(1_500, 1.5)]
    [InlineData(-5, 0.5)]
    [InlineData(0, 0.5)]
    [InlineData(59_000, 59)]
    public void Apply_RetryAfterWithinPatience_IsHonoured(long milliseconds, double seconds)
    {
        var history = History.InAttempt(Patient(60));
        history.Asked();
        history.Given(Failed(ModelFailureKind.RateLimited) with { RetryAfterMs = milliseconds });
        (history.Then<CallModel>().NotBefore - history.State.UpdatedAt).TotalSeconds.ShouldBe(seconds);
    }

    [Fact]
    public void Next_RetryAfterBeyondPatience_ParksAtOnceInsteadOfAsking()
    {
        var history = History.InAttempt(Patient(60));
        history.Asked();
        history.Given(Failed(ModelFailureKind.RateLimited) with { RetryAfterMs = long.MaxValue }).Decide();
        history.State.Status.ShouldBe(LoopStatus.Parked);
    }

    [Fact]
    public void Next_EndpointRefuses_ParksAtOnce()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(Failed(ModelFailureKind.Refused)).Decide().State.Status.ShouldBe(LoopStatus.Parked);
        history.State.StopReason.ShouldNotBeNull().ShouldContain("after 1 try");
    }

    [Fact]
    public void Next_ScriptAtItsEnd_Stops()
    {
        var history = History.InAttempt(
            Sample.Created(Sample.Spec(), ("make", Sample.Model with { Script = Sample.Blob("script"), Url = null }))
        );
        history.Asked();
        history.Given(Failed(ModelFailureKind.Refused)).Decide().ThenStopped(LoopStatus.Unavailable, "after 1 try");
    }

    [Theory]
    [InlineData("sandbox-unavailable", OutageOf.Sandbox)]
    [InlineData("workspace-unavailable", OutageOf.Sandbox)]
    public void Next_EngineAwayThenBack_GoesOn(string code, OutageOf of)
    {
        var history = History.InAttempt(Patient(60)).Replied(Sample.Call("shell"));
        for (var i = 0; i < 5; i++)
        {
            history.Admitted();
            history.Given(new InfrastructureFailed(code, "gone"));
            history.State.Outage!.Of.ShouldBe(of);
            history.After((history.Then<RunTool>().NotBefore - history.State.UpdatedAt).TotalSeconds);
        }

        history.Ran().State.Outage.ShouldBeNull();
        history.State.InfrastructureFailures.ShouldBe(0);
    }

    [Fact]
    public void Next_ImageMissing_ParksAtOnce()
    {
        var history = History.Of().Decide();
        history.Given(history.Then<PrepareBase>().Intent!);
        history.Given(new InfrastructureFailed("image-missing", "no image 'x'")).Decide().State.Status.ShouldBe(LoopStatus.Parked);
        history.State.StopReason.ShouldBe("no image 'x'");
    }

    [Fact]
    public void Next_GatesAway_ParksAndIsNoVerdict()
    {
        var history = History.Of(Patient(1)).Prepared().Gate(GateOutcome.Unavailable, "no engine");
        history.After(2).Gate(GateOutcome.Unavailable, "no engine").State.Status.ShouldBe(LoopStatus.Parked);
        history.State.Baseline.ShouldBeEmpty();
    }

    [Fact]
    public void Next_CancelledWhileWaitingOrParked_Stops()
    {
        var waiting = History.InAttempt();
        waiting.Asked();
        waiting
            .Given(Failed(ModelFailureKind.Overloaded))
            .Given(new CancelRequested("c", "ann", ""))
            .Decide()
            .ThenStopped(LoopStatus.Cancelled, "cancelled by ann");

        Parked().Given(new CancelRequested("c", "ann", "")).Decide().ThenStopped(LoopStatus.Cancelled, "cancelled by ann");
    }

    [Fact]
    public void Apply_TwoLoopsThatLostOneEndpoint_ComeBackAtDifferentTimes()
    {
        var times = Enumerable
            .Range(0, 50)
            .Select(i =>
            {
                var state = History.InAttempt().State with { Id = new LoopId($"loop-{i}") };
                return OutageRules.After(state, Failed(ModelFailureKind.Unreachable), Sample.Start).NextTry;
            })
            .ToList();
        times.Distinct().Count().ShouldBeGreaterThan(30);
        times.ShouldAllBe(t => t >= Sample.Start + TimeSpan.FromMilliseconds(375) && t <= Sample.Start + TimeSpan.FromMilliseconds(625));
    }

    [Fact]
    public void Apply_FailuresPerhapsServed_AreMarkedAsAssumed()
    {
        var history = History.InAttempt();
        var reserved = history.Asked().Request.Reserved;
        history.Given(
            Failed(ModelFailureKind.Timeout) with
            {
                Usage = new Usage(reserved.TokensIn, reserved.TokensOut),
                Cost = reserved.Cost,
                Assumed = true,
            }
        );
        history.Says("done");

        history.State.Spend.TokensAssumed.ShouldBe(reserved.TokensIn + reserved.TokensOut);
        history.State.Spend.CostAssumed.ShouldBe(reserved.Cost);
        history.State.Spend.Tokens.ShouldBe(reserved.TokensIn + reserved.TokensOut + 1010);
    }

    [Fact]
    public void Pause_WhileACallRuns_TakesEffectAtItsEndAndResumeGoesOn()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(new PauseRequested("p", "ann", "lunch")).State.Status.ShouldBe(LoopStatus.Running);

        history.Given(History.Reply(Sample.Call("shell")));

        history.State.Status.ShouldBe(LoopStatus.Paused);
        ExitCodes.For(history.State.Status).ShouldBe(ExitCodes.WaitingForPerson);
        history.Then<Wait>();
        var elapsed = history.State.Spend.Elapsed;
        history.After(100_000).Given(new DriverStarted(2, "there")).Then<Wait>();
        history.After(100_000).Given(new ResumeRequested("r", "ann")).Then<RunTool>();
        history.State.Spend.Elapsed.ShouldBe(elapsed, "a pause does not count towards the deadline");
    }

    [Fact]
    public void Pause_WhileAPersonIsAsked_WaitsForHerAgainAfterwards()
    {
        var history = ExecuteTests.Asked();
        history.Given(new PauseRequested("p", "ann", "")).State.Status.ShouldBe(LoopStatus.Paused);

        history.Given(new ResumeRequested("r", "ann")).State.Status.ShouldBe(LoopStatus.Waiting);
        history
            .Given(new PauseRequested("p2", "ann", ""))
            .Given(new ApprovalGiven("a", history.State.Approval!.Seq, "ann", true))
            .State.Status.ShouldBe(LoopStatus.Paused);
        history.Given(new ResumeRequested("r2", "ann")).Then<RunTool>().Request.Approval.ShouldNotBeNull();
    }

    [Fact]
    public void Cancel_WhilePaused_Stops() =>
        History
            .InAttempt()
            .Given(new PauseRequested("p", "ann", ""))
            .Given(new CancelRequested("c", "bob", ""))
            .Decide()
            .ThenStopped(LoopStatus.Cancelled, "cancelled by bob");

    private static LoopSpec Patient(double seconds) => Sample.Spec() with { Outage = Duration.FromSeconds(seconds) };

    private static History Parked()
    {
        var history = History.InAttempt(Patient(1));
        history.Asked();
        history.Given(Failed(ModelFailureKind.Unreachable)).After(1.5).Asked();
        history.Given(Failed(ModelFailureKind.Unreachable)).Decide().State.Status.ShouldBe(LoopStatus.Parked);
        return history;
    }

    private static ModelFailed Failed(ModelFailureKind kind) => ExecuteTests.Failed(kind);
}
