using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class SignalTests
{
    [Fact]
    public void Apply_MessageBetweenTurns_StandsInTheNextRequest()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell")).Ran().Given(Message("use tabs"));
        var call = history.Then<CallModel>();
        ChatCheck.Valid(call);
        Bodies.Roles(call).ShouldBe(["system", "user", "assistant", "tool"]);
        Bodies
            .Content(call, 3)
            .ShouldBe("ok\n\n[message from ann] use tabs", "strict endpoints let nobody but the assistant speak after a result");
    }

    [Fact]
    public void Apply_MessageBetweenTheCallsOfOneReply_FollowsTheirResults()
    {
        var history = History
            .InAttempt()
            .Replied(Sample.Call("shell", "{}", "a"), Sample.Call("shell", "{}", "b"))
            .Ran("one")
            .Given(Message("hurry"))
            .Ran("two");
        var call = history.Then<CallModel>();
        ChatCheck.Valid(call);
        Bodies.Roles(call).ShouldBe(["system", "user", "assistant", "tool", "tool"]);
    }

    [Fact]
    public void Apply_MessageWhileTheModelThinks_MustBeAnsweredBeforeTheAttemptIsFinished()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(Message("also add a test")).Given(History.Reply() with { Text = "finished" }).Decide();

        history.State.Claimed.ShouldBeFalse();
        var call = history.Then<CallModel>();
        Bodies.Content(call, 2).ShouldBe("finished");
        Bodies.Content(call, 3).ShouldContain("also add a test");
    }

    [Fact]
    public void Apply_MessageBeforeDone_UndoesTheClaim()
    {
        var history = History
            .InAttempt()
            .Replied(Sample.Call("done", "{}", "a"), Sample.Call("shell", "{}", "b"))
            .Ran()
            .Given(Message("wait"))
            .Ran();
        history.Then<CallModel>();
    }

    [Fact]
    public void Apply_MessageWhileTheCallFails_StandsInTheNextTry()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(Message("hello")).Given(ExecuteTests.Failed(ModelFailureKind.Timeout));
        Bodies.TextOf(history.Then<CallModel>()).ShouldContain("[message from ann] hello");
    }

    [Fact]
    public void Apply_MessageDuringGates_ReachesTheNextAttempt()
    {
        var history = History.InAttempt().Claims("t1").Given(Message("mind the docs")).Gate(GateOutcome.Failed);
        Bodies.Content(history.Then<CallModel>(), 1).ShouldContain("ann: mind the docs");
    }

    [Fact]
    public void Apply_SameMessageTwice_CountsOnce()
    {
        var history = History.InAttempt().Given(Message("once")).Given(Message("once"));
        history.State.Messages.ShouldHaveSingleItem();
    }

    [Fact]
    public void Next_CancelWhileACallRuns_LetsTheDriverRecordItFirst()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(new CancelRequested("s", "ann", "enough")).Then<InFlight>();
        history.Given(ExecuteTests.Failed(ModelFailureKind.Aborted)).Decide().ThenStopped(LoopStatus.Cancelled, "cancelled by ann: enough");
    }

    [Fact]
    public void Next_CancelWhileWaiting_Stops()
    {
        ExecuteTests.Asked().Given(new CancelRequested("s", "ann", "")).Decide().ThenStopped(LoopStatus.Cancelled, "ann");
    }

    [Fact]
    public void Next_DeadlinePassed_Stops()
    {
        var spec = Sample.Spec() with { Budget = new BudgetLimits { Deadline = Duration.FromMinutes(1) } };
        History
            .InAttempt(spec)
            .After(61)
            .Given(new DeadlinePassed())
            .Decide()
            .ThenStopped(LoopStatus.BudgetExhausted, "deadline: 1m of driven time");
    }

    [Fact]
    public void Apply_TimeNobodyDrove_DoesNotCount()
    {
        var history = History.InAttempt();
        var elapsed = history.State.Spend.Elapsed;
        history.After(5000).Crashed().State.Spend.Elapsed.ShouldBe(elapsed);
        history.After(5).Given(new NoteKept("x")).State.Spend.Elapsed.TotalSeconds.ShouldBe(elapsed.TotalSeconds + 5, 0.01);
    }

    private static MessageReceived Message(string text) => new("m1", "ann", text);
}
