using System.Text;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Explore;

/// <summary>A question goes to an agent with a window of its own; only its answer comes back, with places that are there.</summary>
public class ExploreTests
{
    private const string Reading = "def fib(n): THE-WHOLE-FILE";

    [Fact]
    public void Next_MakerAsks_ExplorerIsAskedWithGoalAndQuestionAlone()
    {
        var history = Explorers.Asked();

        var call = history.Then<CallModel>();

        (call.Request.Agent, call.Model.Name, call.Request.Cause).ShouldBe(("explore", "explorer", RouteCause.Configured));
        var body = BodyOf(call);
        body.ShouldContain(Explorers.Question);
        body.ShouldContain("Make the tests pass.");
        body.ShouldContain("\"read_file\"");
        body.ShouldNotContain("\"write_file\"");
        body.ShouldNotContain("\"explore\"");
        body.ShouldNotContain("Where you stand");
        history.State.Exploring!.Started.Call.ShouldBe("ask");
    }

    [Fact]
    public void Next_ExplorerAnswers_MakerHasTheAnswerAndNothingOfTheReading()
    {
        var history = Explorers.Asked().Reads(Reading);
        BodyOf(history.Then<CallModel>()).ShouldContain("THE-WHOLE-FILE");
        history.Says(Explorers.Answer);
        history.Then<SeePlaces>().Paths.ShouldBe(["a.txt"]);
        history.Answered(new CitedFile("a.txt", 2));

        var call = history.Then<CallModel>();
        call.Request.Agent.ShouldBe("make");
        var body = BodyOf(call);
        body.ShouldContain("fib is in a.txt");
        body.ShouldContain("a.txt:2 its head");
        body.ShouldNotContain("THE-WHOLE-FILE");
        history.State.Agents["explore"].Conversation.Items.ShouldBeEmpty("nobody needs its reading any more");
        history.State.Spend.Turns.ShouldBe(3);
        history.State.Bills.Select(b => b.Agent).ShouldBe(["make", "explore"]);
    }

    [Theory]
    [InlineData("fib is in a.txt", "not one JSON object")]
    [InlineData("""{"answer":"yes","places":[]}""", "'places' is not a list")]
    [InlineData("""{"answer":"yes","places":[{"path":"../etc/passwd","line":1}]}""", "places[0]")]
    [InlineData("""{"answer":"yes","places":[{"path":"gone.txt","line":1,"note":""}]}""", "gone.txt, which is not there")]
    [InlineData("""{"answer":"yes","places":[{"path":"a.txt","line":3,"note":""}]}""", "line 3 of a.txt, which has 2")]
    public void Answer_ThatCannotBeUsed_IsAskedForOnceMoreAndThenIsNone(string answer, string fault)
    {
        CitedFile[] seen = answer.Contains("gone.txt") ? [new CitedFile("gone.txt")] : [new CitedFile("a.txt", 2)];
        var history = Explorers.Asked().Reads(Reading).Answers(answer, seen);

        var again = history.Then<CallModel>();
        again.Request.Agent.ShouldBe("explore");
        BodyOf(again).ShouldContain(fault);
        BodyOf(again).ShouldContain("THE-WHOLE-FILE", Case.Sensitive, "it need not read again");
        history.Answers(answer, seen);

        var call = history.Then<CallModel>();
        call.Request.Agent.ShouldBe("make");
        BodyOf(call).ShouldContain("no answer that can be used");
        history.State.Exploring.ShouldBeNull();
    }

    [Fact]
    public void Answer_InACodeFence_IsTaken() =>
        Explorers
            .Asked()
            .Answers($"```json\n{Explorers.Answer}\n```", new CitedFile("a.txt", 2))
            .Then<CallModel>()
            .Request.Agent.ShouldBe("make");

    [Fact]
    public void Reads_WithAToolThatWrites_AreRefused()
    {
        var history = Explorers.Asked();
        history.Asked();
        history.Given(History.Reply(Sample.Call("write_file", """{"x":"a"}""", "w")));
        var refused = history.Then<Record>().Intent.ShouldBeOfType<ExplorerRead>();
        (refused.Outcome, refused.Output.Text!.Contains("there is no such tool", StringComparison.Ordinal)).ShouldBe(
            (ToolOutcome.Error, true)
        );
    }

    [Fact]
    public void Next_PolicyDeniesExplore_NobodyIsAsked()
    {
        var policy = Sample.Policy(("*", PolicyEffect.Allow), ("explore", PolicyEffect.Deny));
        var history = Explorers.Asked(Sample.Spec() with { Policy = policy });
        history.State.Exploring.ShouldBeNull();
        BodyOf(history.Then<CallModel>()).ShouldContain("the policy denies this call");
    }

    [Fact]
    public void Next_DriverDiesWhileItReads_GoesOnWhereItWas()
    {
        var history = Explorers.Asked().Reads(Reading);
        history.Asked();
        history.Crashed().Decide();

        var call = history.Then<CallModel>();
        (call.Request.Agent, call.Request.Try).ShouldBe(("explore", 2));
        BodyOf(call).ShouldContain("THE-WHOLE-FILE");
        history.State.Spend.TokensAssumed.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Next_ExploreOfTheSpec_IsDoneBeforeTheFirstAttemptAndToldToAll()
    {
        var history = History.InAttempt(Explorers.Created(Sample.Spec() with { Explore = true, Plan = true }));
        var first = history.Then<CallModel>();
        (first.Request.Agent, first.Request.Attempt, history.State.Stage).ShouldBe(("explore", 0, LoopStage.Discover));
        history.Answers(Explorers.Answer, new CitedFile("a.txt", 2));

        var planner = history.Then<CallModel>();
        planner.Request.Agent.ShouldBe("plan");
        BodyOf(planner).ShouldContain("What an explorer found");
        BodyOf(history.Says("1. go").Then<CallModel>()).ShouldContain("fib is in a.txt");
    }

    [Fact]
    public void Next_FirstExplorationWithoutAnAnswer_GoesOnWithout()
    {
        var history = History.InAttempt(Explorers.Created(Sample.Spec() with { Explore = true })).Answers("no idea").Answers("no idea");
        var call = history.Then<CallModel>();
        call.Request.Agent.ShouldBe("make");
        BodyOf(call).ShouldNotContain("What an explorer found");
    }

    [Fact]
    public void Next_TurnsAreUsedUpByIt_EndsTheLoop()
    {
        var history = Explorers.Asked(Sample.Spec() with { Budget = new BudgetLimits { Turns = 2 } });
        history.Reads(Reading);
        history.ThenStopped(LoopStatus.BudgetExhausted, "turns");
    }

    [Fact]
    public void Fold_ResultThatNobodyAskedFor_DoesNotFit() =>
        Explorers
            .Asked()
            .ThenRefuses(
                "not the explorer's next call",
                new ExplorerRead
                {
                    Call = "x",
                    Tool = "read_file",
                    Outcome = ToolOutcome.Ok,
                    Output = OutputText.Inline("a"),
                }
            )
            .ThenRefuses("replied nothing", new ExplorerAnswered { Try = 1 })
            .ThenRefuses("nothing is to be explored", new ExplorationStarted { Question = "q", Tree = Sample.BaseTree });

    private static string BodyOf(CallModel call) => Encoding.UTF8.GetString(call.Body.Span);
}
