using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Agents;

public class AgentTests
{
    private static readonly ModelBinding Planner = Sample.Model with { Name = "planner", Window = 8192 };

    private static History Planning() =>
        History.InAttempt(Sample.Created(Sample.Spec() with { Plan = true }, ("make", Sample.Model), ("plan", Planner)));

    [Theory]
    [InlineData("make", "make")]
    [InlineData("judge/security", "judge")]
    public void RoleOf_Name_IsWhatStandsBeforeTheSlash(string agent, string role) => AgentNames.RoleOf(agent).ShouldBe(role);

    [Fact]
    public void With_AgentOfTheSet_TakesItsPlaceAndLeavesTheOtherSetAsItWas()
    {
        var set = Planning().State.Agents;
        var next = set.With(set["plan"] with { Turn = 7 });

        next.Select(a => (a.Name, a.Turn)).ShouldBe([("make", 0), ("plan", 7)]);
        set["plan"].Turn.ShouldBe(0);
        set.With(set["plan"] with { Name = "judge/scope" }).Count.ShouldBe(3);
        set.Find("explore").ShouldBeNull();
    }

    [Fact]
    public void Apply_BillOfThePlanner_SaysNothingOfTheMakersPrompt()
    {
        var history = Planning();
        history.Says("1. look");

        history.State.Agents["plan"].Conversation.Count.Base.ShouldBe(1000);
        history.State.Agents["make"].Conversation.Count.Base.ShouldBeNull();
        history.State.Agents["make"].Conversation.Measured.ShouldBeNull();
    }

    [Fact]
    public void Apply_PlannersRequestRefusedAsTooLong_LeavesTheMakersRoom()
    {
        var history = Planning();
        history.Asked();
        history.Given(
            new ModelFailed
            {
                Kind = ModelFailureKind.ContextLength,
                Message = "too long",
                Usage = new Usage(0, 0),
                Cost = 0,
            }
        );

        history.State.Agents["plan"].Conversation.Ceiling.ShouldNotBeNull();
        history.State.Agents["make"].Conversation.Ceiling.ShouldBeNull();
    }

    [Fact]
    public void Apply_MessageWhileThePlannerThinks_IsToldToItAndToTheMaker()
    {
        var history = Planning();
        history.Asked();
        history.Given(new MessageReceived("m", "ann", "mind the tests")).Given(History.Reply() with { Text = "" });

        history.Then<CallModel>().Request.Agent.ShouldBe("plan");
        Bodies.Messages(history.Then<CallModel>())[^1].GetRawText().ShouldContain("mind the tests");
        history.Says("1. look");
        Bodies.Messages(history.Then<CallModel>())[1].GetRawText().ShouldContain("mind the tests");
    }

    [Fact]
    public void Next_TwoAgents_AreEachAtTheirOwnTurn()
    {
        var history = Planning().Says("").Says("1. look").Replied(Sample.Call("shell")).Ran();

        history.State.Agents["plan"].Turn.ShouldBe(2);
        history.Then<CallModel>().Request.Turn.ShouldBe(1);
        history.State.Spend.Turns.ShouldBe(3);
    }

    [Fact]
    public void BeginFork_AgentsOfTheParent_GoOnAtTheirTurnWithNothingInHand()
    {
        var parent = Planning().Says("1. look").Replied(Sample.Call("shell")).Ran();
        parent.Asked();
        parent.Given(
            new ModelFailed
            {
                Kind = ModelFailureKind.ServerError,
                Message = "no",
                Usage = new Usage(0, 0),
                Cost = 0,
            }
        );

        var fork = History.ForkOf(parent.State);

        var request = fork.Then<CallModel>().Request;
        (request.Turn, request.Try).ShouldBe((1, 1));
        fork.State.Agents["plan"].Turn.ShouldBe(1);
        fork.State.Spend.Turns.ShouldBe(0);
    }

    [Fact]
    public void Apply_RequestOfAnAgentOrModelThatIsNotThere_DoesNotFit()
    {
        var history = Planning();
        var request = history.Then<CallModel>().Request;

        history.ThenRefuses("no agent 'judge/scope'", request with { Agent = "judge/scope" });
        history.ThenRefuses("that model 'maker' may answer", request with { Model = "maker" });
        History.InAttempt().ThenRefuses("asks for no plan", new StageEntered(LoopStage.Plan));
    }
}
