using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class StuckTests
{
    [Fact]
    public void Next_SameActionSameObservationFourTimes_IsStuck()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 3; i++)
        {
            history.Replied(Sample.Call("shell", "{\"x\":\"ls\"}")).Ran("a b").Then<CallModel>();
        }

        history.Replied(Sample.Call("shell", "{\"x\":\"ls\"}")).Ran("a b").ThenStopped(LoopStatus.Stuck, "same observation 4 times");
    }

    [Fact]
    public void Next_SameActionOtherObservation_GoesOn()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 10; i++)
        {
            history.Replied(Sample.Call("shell", "{\"x\":\"date\"}")).Ran($"{i}").Then<CallModel>();
        }
    }

    [Fact]
    public void Next_LimitAboveAnyWindow_IsStillMet()
    {
        var history = History.InAttempt(Sample.Spec() with { Stuck = new StuckLimits { SameAction = 30 } });
        for (var i = 0; i < 30; i++)
        {
            history.Then<CallModel>();
            history.Replied(Sample.Call("shell")).Ran("same");
        }

        history.ThenStopped(LoopStatus.Stuck, "30 times");
    }

    [Fact]
    public void Next_TwoStatesAlternateSixTimes_IsStuck()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 6; i++)
        {
            history.Then<CallModel>();
            history.Replied(Sample.Call("shell", i % 2 == 0 ? "{\"x\":\"a\"}" : "{\"x\":\"b\"}")).Ran("same");
        }

        history.ThenStopped(LoopStatus.Stuck, "alternate between two states");
    }

    [Fact]
    public void Next_SameCutReplyFourTimes_IsStuck()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 4; i++)
        {
            history.Says("I will now carefully", ReplyFinish.Length);
        }

        history.ThenStopped(LoopStatus.Stuck, "same observation");
    }

    [Fact]
    public void Next_SameErrorSignatureThreeTimes_IsStuck() =>
        History
            .InAttempt()
            .Claims("t1")
            .Gate(GateOutcome.Failed, "assert 1 == 2\nRan 3 tests in 0.12s")
            .Claims("t2")
            .Gate(GateOutcome.Failed, "assert 1 == 2\nRan 3 tests in 11.9s")
            .Claims("t3")
            .Gate(GateOutcome.Failed, "assert 1 == 2\nRan 3 tests in 0.1s")
            .ThenStopped(LoopStatus.Stuck, "3 attempts in a row failed with the same error");

    [Fact]
    public void Next_OtherErrorBetween_GoesOn() =>
        History
            .InAttempt()
            .Claims("t1")
            .Gate(GateOutcome.Failed, "red")
            .Claims("t2")
            .Gate(GateOutcome.Failed, "blue")
            .Claims("t3")
            .Gate(GateOutcome.Failed, "red")
            .Then<CallModel>();

    [Fact]
    public void Next_AttemptEndsOnTreeOfEarlierFailedOne_IsStuckWithoutAGate() =>
        History
            .InAttempt()
            .Claims("t1")
            .Gate(GateOutcome.Failed, "red")
            .Claims("t2")
            .Gate(GateOutcome.Failed, "blue")
            .Claims("t1")
            .ThenStopped(LoopStatus.Stuck, "attempt 3 ended on the same files as attempt 1");

    [Fact]
    public void Next_NewAttempt_ForgetsTheStepsOfTheLast()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 3; i++)
        {
            history.Replied(Sample.Call("shell")).Ran("same");
        }

        history.Claims("t1").Gate(GateOutcome.Failed).Replied(Sample.Call("shell")).Ran("same").Then<CallModel>();
    }
}
