using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class ExecuteTests
{
    [Fact]
    public void Next_SeveralCallsOfOneReply_RunInOrder()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell", "{}", "a"), Sample.Call("note", "{}", "b"));

        history.Then<AdmitTool>().Call.Id.ShouldBe("a");
        history.Ran().Then<AdmitTool>().Call.Id.ShouldBe("b");
        history.Ran().Then<CallModel>().Request.Turn.ShouldBe(1);
    }

    [Fact]
    public void Next_ReplyWithoutCalls_ClaimsTheAttemptFinished() => History.InAttempt().Says("done").Then<RunGate>().Start.Phase.ShouldBe(GatePhase.Verify);

    [Fact]
    public void Next_ReplyCutByLength_GoesOn()
    {
        var history = History.InAttempt().Says("and then I", ReplyFinish.Length);
        Bodies.TextOf(history.Then<CallModel>()).ShouldContain("Your last reply was cut off");
    }

    [Fact]
    public void Next_DoneAmongOtherCalls_VerifiesAfterTheLast()
    {
        var history = History.InAttempt().Replied(Sample.Call("done", "{}", "a"), Sample.Call("shell", "{}", "b")).Ran();
        history.Then<AdmitTool>().Call.Id.ShouldBe("b");
        history.Ran().Then<RunGate>();
    }

    [Fact]
    public void Next_DoneRefused_DoesNotClaim()
    {
        var history = History.InAttempt().Replied(Sample.Call("done", "{"));
        history.Given(Refused(history, ToolOutcome.Error)).Decide().Then<CallModel>();
    }

    [Fact]
    public void Next_ModelFailsBeforeVersion3_TriesAgainLaterSixTimesThenStops()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec()) with { Versions = new EngineVersions(1, 1) });
        for (var attempt = 1; attempt <= 6; attempt++)
        {
            var call = history.Asked();
            call.Request.Try.ShouldBe(attempt);
            history.Given(Failed(ModelFailureKind.ServerError));
            (history.State.Tries.NotBefore - history.State.UpdatedAt).ShouldBe(TimeSpan.FromMilliseconds(500 * Math.Pow(2, attempt - 1)));
        }

        history.Decide().ThenStopped(LoopStatus.Unavailable, "after 6 tries");
    }

    [Fact]
    public void Next_ModelRefusesBeforeVersion3_StopsAtOnce()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec()) with { Versions = new EngineVersions(1, 1) });
        history.Asked();
        history.Given(Failed(ModelFailureKind.Refused)).Decide().ThenStopped(LoopStatus.Unavailable, "after 1 try");
    }

    [Theory]
    [InlineData(1500, 1.5)]
    [InlineData(-5, 0)]
    [InlineData(long.MaxValue, 3600)]
    public void Apply_RetryAfter_IsHonouredWithinAnHour(long milliseconds, double seconds)
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec()) with { Versions = new EngineVersions(1, 1) });
        history.Asked();
        history.Given(Failed(ModelFailureKind.RateLimited) with { RetryAfterMs = milliseconds });
        (history.State.Tries.NotBefore - history.State.UpdatedAt).TotalSeconds.ShouldBe(seconds);
    }

    [Fact]
    public void Next_ToolBroken_IsAdmittedAgainLater()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.Admitted();
        history.Given(new InfrastructureFailed("sandbox-unavailable", "gone"));

        history.Then<AdmitTool>().NotBefore.ShouldBeGreaterThan(history.State.UpdatedAt);
        history.State.Spend.ReservedSeconds.ShouldBe(0);
    }

    [Fact]
    public void Next_InfrastructureFailsThreeTimesInARowBeforeVersion3_Stops()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec()) with { Versions = new EngineVersions(1, 1) }).Replied(Sample.Call("shell"));
        for (var i = 0; i < 3; i++)
        {
            history.Admitted();
            history.Given(new InfrastructureFailed("sandbox-unavailable", "the engine is gone"));
        }

        history.Decide().ThenStopped(LoopStatus.Unavailable, "the engine is gone");
    }

    [Fact]
    public void Next_NoSandboxSecondsLeft_StopsBeforeTheCall()
    {
        var spec = Sample.Spec() with { Budget = new BudgetLimits { SandboxSeconds = 31 } };
        var history = History.InAttempt(spec).Replied(Sample.Call("shell", "{}", "a"), Sample.Call("shell", "{}", "b"));

        history.Ran("ok", EffectClass.Workspace, reserved: 30, seconds: 99);

        history.State.Spend.SandboxSeconds.ShouldBe(31, "a kill that took its time is not charged");
        history.ThenStopped(LoopStatus.BudgetExhausted, "sandboxSeconds: 31 allowed, 31 used");
    }

    [Fact]
    public void Next_ApprovalAsked_WaitsWithoutTimePassing()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell", "{\"x\":\"rm\"}"));
        history.Given(Asks(history)).Then<Wait>();
        var elapsed = history.State.Spend.Elapsed;

        history.After(100_000).Given(new ApprovalGiven("s1", history.State.Approval!.Seq, "ann", true, null));

        history.Then<AdmitTool>().Grant!.Asked.Arguments.ShouldBe("{\"x\":\"rm\"}");
        history.State.Spend.Elapsed.ShouldBe(elapsed);
        history.Ran().State.Grant.ShouldBeNull("an approval is used once");
    }

    [Fact]
    public void Next_ApprovalRefused_TellsTheModel()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.Given(Asks(history)).Given(new ApprovalGiven("s1", history.State.Approval!.Seq, "ann", false, "not today"));
        Bodies.TextOf(history.Then<CallModel>()).ShouldContain("ann refused this call: not today");
    }

    internal static ApprovalAsked Asks(History history)
    {
        var call = history.Then<AdmitTool>().Call;
        return new ApprovalAsked { Kind = ApprovalKind.Tool, Call = call.Id, Tool = call.Name, Arguments = call.Arguments, Tree = history.State.Workspace.Tree };
    }

    internal static ModelFailed Failed(ModelFailureKind kind) => new() { Kind = kind, Message = "no", Usage = new Usage(0, 0), Cost = 0 };

    private static ToolCompleted Refused(History history, ToolOutcome outcome)
    {
        var call = history.Then<AdmitTool>().Call;
        return new ToolCompleted { Call = call.Id, Tool = call.Name, Outcome = outcome, Output = OutputText.Inline("no") };
    }
}
