using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

/// <summary>Silence, half a reply and a call written as text are no claim to be done.</summary>
public class ReplyFaultTests
{
    private const string CallInText = "<tool_call>{\"name\": \"shell\", \"arguments\": {\"x\": \"ls\"}}</tool_call>";

    [Theory]
    [InlineData("", ReplyFinish.Stop, "Your last reply was empty.")]
    [InlineData(" \n", ReplyFinish.Stop, "Your last reply was empty.")]
    [InlineData("", ReplyFinish.Length, "reached its length limit before anything was said")]
    [InlineData("I cannot", ReplyFinish.ContentFilter, "was ended by a content filter")]
    [InlineData("", ReplyFinish.ContentFilter, "was ended by a content filter")]
    [InlineData(CallInText, ReplyFinish.Stop, "had a tool call in its text, and it was not run")]
    [InlineData("half a tex", ReplyFinish.Length, "was cut off at its length limit")]
    public void Next_ReplyThatIsNoAct_IsAskedAgainWithOneSentence(string text, ReplyFinish finish, string sentence)
    {
        var history = History.InAttempt().Replied(Sample.Call("shell")).Ran("out");

        var call = history.Says(text, finish).Then<CallModel>();

        ChatCheck.Valid(call);
        history.State.Claimed.ShouldBeFalse();
        Bodies.TextOf(call).ShouldContain(sentence);
        // An empty message of the assistant never goes back; what was said does.
        Bodies
            .Roles(call)
            .ShouldBe(
                text.Trim().Length == 0
                    ? ["system", "user", "assistant", "tool"]
                    : ["system", "user", "assistant", "tool", "assistant", "user"]
            );
        history.State.Spend.Turns.ShouldBe(2, "it costs a turn as any reply");
    }

    [Fact]
    public void Next_FirstReplyIsEmpty_SentenceJoinsTheFirstMessage()
    {
        var call = History.InAttempt().Says("").Says("").Then<CallModel>();

        ChatCheck.Valid(call);
        Bodies.Roles(call).ShouldBe(["system", "user"]);
        Bodies.Content(call, 1).ShouldEndWith("Your last reply was empty. Call a tool to go on, or `done` if the goal is met.");
    }

    [Theory]
    [InlineData("", ReplyFinish.Stop, "the model replied with nothing 4 times in a row")]
    [InlineData("", ReplyFinish.Length, "raise maxTokens")]
    [InlineData(CallInText, ReplyFinish.Stop, "Start the server with the tool parser of this model")]
    public void Next_FourInARow_EndTheAttemptAndThreeAttemptsAreStuck(string text, ReplyFinish finish, string reason)
    {
        var history = History.InAttempt();
        for (var i = 0; i < 4; i++)
        {
            history.Says(text, finish);
        }

        history.State.FailedAttempts.Single().Reason.ShouldContain(reason);
        history.State.Attempt.ShouldBe(2);
        Bodies.Content(history.Then<CallModel>(), 1).ShouldContain(reason);

        for (var i = 0; i < 8; i++)
        {
            history.Says(text, finish);
        }

        history.ThenStopped(LoopStatus.Stuck, "");
        history.State.FailedAttempts.Count.ShouldBe(3);
        Replays(history);
    }

    [Fact]
    public void Next_SingleShot_EndsWithTheReason()
    {
        var history = History.InAttempt(Sample.Spec() with { Mode = LoopMode.SingleShot });
        for (var i = 0; i < 4; i++)
        {
            history.Says("");
        }

        history.ThenStopped(LoopStatus.BudgetExhausted, "the model replied with nothing 4 times in a row");
    }

    [Fact]
    public void Apply_ActBetweenThem_CountsAnew()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 5; i++)
        {
            history.Says("").Says("").Says("").Replied(Sample.Call("shell", $"{{\"x\":{i}}}")).Ran($"{i}");
        }

        history.State.Attempt.ShouldBe(1);
        history.State.Agents["make"].Unheard.ShouldBe(0);
        ChatCheck.Valid(history.Then<CallModel>());
    }

    [Fact]
    public void Next_EmptyPlan_IsAskedAgainAndThenGoneWithout()
    {
        var history = History.InAttempt(Sample.Spec() with { Plan = true });
        history.Says("").Says("").Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Plan);
        history.Says("").Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Make);
        Replays(history);
    }

    [Fact]
    public void Next_SizeThatWasRefused_IsNeverSentAgain()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell")).Ran(new string('o', 6000));
        var sizes = new List<int>();
        while (history.Decide().Next is CallModel call && sizes.Count < 12)
        {
            ChatCheck.Valid(call);
            sizes.Add(call.Body.Length);
            history.Given(call.Intent!).Given(ExecuteTests.Failed(ModelFailureKind.ContextLength));
        }

        sizes.Count.ShouldBeGreaterThan(2);
        sizes[1].ShouldBeLessThanOrEqualTo(sizes[0] * 3 / 4);
        sizes.ShouldBeInOrder(SortDirection.Descending);
        sizes.ShouldBeUnique();
        history.State.FailedAttempts.Single().Reason.ShouldContain("does not fit the window");
        history.ThenStopped(LoopStatus.Parked, "after 6 tries: no");
        history.After(600).Crashed().Then<CallModel>().Body.Length.ShouldBeGreaterThan(sizes[^1], "what was refused then may be taken now");
        Replays(history);
    }

    [Fact]
    public void Next_TurnThatFitsNoWindow_CostsTheAttemptAndNotTheLoop()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 })));
        var calls = Enumerable.Range(0, 300).Select(i => Sample.Call("shell", $"{{\"x\":{i}}}", $"call_{i}")).ToArray();

        history.Replied(calls);
        foreach (var call in calls)
        {
            history.Ran(call.Id);
        }

        history.State.FailedAttempts.Single().Reason.ShouldContain("does not fit the window of model 'maker' (8192 tokens)");
        ChatCheck.Valid(history.Then<CallModel>());
        history.State.Attempt.ShouldBe(2);
        Replays(history);
    }

    private static void Replays(History history)
    {
        var replayer = new LoopReplayer(LoopFold.Begin(LedgerCodec.Read(history.Lines[0])));
        foreach (var line in history.Lines.Skip(1))
        {
            replayer.Next(LedgerCodec.Read(line));
        }

        replayer.Differences.ShouldBeEmpty();
    }
}
