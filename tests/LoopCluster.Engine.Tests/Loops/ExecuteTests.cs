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

        history.Then<RunTool>().Call.Id.ShouldBe("a");
        history.Ran().Then<RunTool>().Call.Id.ShouldBe("b");
        history.Ran().Then<CallModel>().Request.Turn.ShouldBe(1);
    }

    [Fact]
    public void Next_ReplyWithoutCalls_ClaimsTheAttemptFinished() =>
        History.InAttempt().Says("done").Then<RunGate>().Start.Phase.ShouldBe(GatePhase.Verify);

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
        history.Then<RunTool>().Call.Id.ShouldBe("b");
        history.Ran().Then<RunGate>();
    }

    [Fact]
    public void Next_DoneRefused_DoesNotClaim()
    {
        var history = History.InAttempt().Replied(Sample.Call("done", "{"));
        history.Then<CallModel>();
        history.State.Claimed.ShouldBeFalse();
    }

    [Fact]
    public void Next_ToolBroken_IsAdmittedAgainLater()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.Admitted();
        history.Given(new InfrastructureFailed("sandbox-unavailable", "gone"));

        history.Then<RunTool>().NotBefore.ShouldBeGreaterThan(history.State.UpdatedAt);
        history.State.Spend.ReservedSeconds.ShouldBe(0);
    }

    [Fact]
    public void Next_NoSandboxSecondsLeft_StopsBeforeTheCall()
    {
        var spec = Sample.Spec() with { Budget = new BudgetLimits { SandboxSeconds = 31 } };
        var history = History.InAttempt(spec).Replied(Sample.Call("shell", "{}", "a"), Sample.Call("shell", "{}", "b"));

        history.Ran("ok", seconds: 99);

        history.State.Spend.SandboxSeconds.ShouldBe(31, "a kill that took its time is not charged");
        history.ThenStopped(LoopStatus.BudgetExhausted, "sandboxSeconds: 31 allowed, 31 used");
    }

    [Fact]
    public void Next_ApprovalAsked_WaitsWithoutTimePassing()
    {
        var history = Asked();
        history.Then<Wait>();
        var elapsed = history.State.Spend.Elapsed;

        history.After(100_000).Given(new ApprovalGiven("s1", history.State.Approval!.Seq, "ann", true, null));

        history.Then<RunTool>().Request.Approval.ShouldBe(history.State.Grant!.Seq);
        history.State.Spend.Elapsed.ShouldBe(elapsed);
        history.Ran().State.Grant.ShouldBeNull("an approval is used once");
    }

    [Fact]
    public void Next_ApprovalRefused_TellsTheModel()
    {
        var history = Asked();
        history.Given(new ApprovalGiven("s1", history.State.Approval!.Seq, "ann", false, "not today"));
        Bodies.TextOf(history.Then<CallModel>()).ShouldContain("ann refused this call: not today");
    }

    /// <summary>A person has been asked about a call.</summary>
    internal static History Asked()
    {
        var history = History.InAttempt(Sample.Asking());
        history.Asked();
        history.Given(History.Reply(Sample.Call("shell", "{\"x\":\"rm\"}"))).Asks();
        return history;
    }

    internal static ModelFailed Failed(ModelFailureKind kind) =>
        new()
        {
            Kind = kind,
            Message = "no",
            Usage = new Usage(0, 0),
            Cost = 0,
        };
}
