using System.Text;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Plans;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Plans;

public class PlanTests
{
    [Fact]
    public void Says_Plan_IsStepsInTheFrontierOfTheMaker()
    {
        var history = Drafts.Due();
        Body(history).ShouldContain("Answer with one JSON object");

        history.Says(Drafts.Good);

        history.State.Planning.Steps!.Select(s => s.Id).ShouldBe(["parse", "print"]);
        history.Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Make);
        var body = Body(history);
        body.ShouldContain("[open] parse: Parse the file. Check: the parser's test passes. Files: src/parse.py");
        body.ShouldContain("[waits for parse] print: Print it. Check: the output is right. Gate: `run print`");
        body.ShouldContain("\"name\":\"step_done\"");
    }

    [Fact]
    public void Says_WhatIsNoPlan_IsSentBackWithTheReasonAndThenDoneWithout()
    {
        var history = Drafts.Due().Says(Drafts.Circle);

        history.Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Plan);
        Body(history).ShouldContain("wait for each other in a circle. Answer again");
        Body(history).ShouldContain("\"role\":\"assistant\"", Case.Sensitive, "the planner sees what it said");
        history.Says("").Says("no");

        EventsOf<PlanRefused>(history).Select(e => (e.Try, e.Last)).ShouldBe([(1, false), (2, false), (3, true)]);
        history.State.Planning.ShouldSatisfyAllConditions(p => p.Steps.ShouldBeNull(), p => p.IsOver.ShouldBeTrue());
        history.Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Make);
        Body(history).ShouldNotContain("step_done");
    }

    [Fact]
    public void Says_PlanAtTheSecondTry_IsTaken()
    {
        var history = Drafts.Due().Says("1. do it").Says(Drafts.Good);

        EventsOf<PlanMade>(history).ShouldHaveSingleItem().Try.ShouldBe(2);
    }

    [Fact]
    public void Says_PlannerThatCannotBeAskedAgain_EndsNoLoop()
    {
        var scripted = Sample.Model with { Name = "script", Url = null, Script = Sample.Blob("script") };
        var created = Drafts.Created() with
        {
            Models = new Dictionary<string, ModelBinding> { ["make"] = Sample.Model, ["plan"] = scripted },
        };
        var history = History.InAttempt(created).Says("1. do it");
        history.Asked();

        history.Given(
            new ModelFailed
            {
                Kind = ModelFailureKind.Refused,
                Message = "no reply is left",
                Usage = new Usage(0, 0),
                Cost = 0,
            }
        );
        history.Decide();

        EventsOf<PlanRefused>(history)[^1]
            .ShouldSatisfyAllConditions(e => e.Last.ShouldBeTrue(), e => e.Fault.ShouldContain("no reply is left"));
        history.Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Make);
    }

    [Fact]
    public void Judge_GateThatThePolicyDenies_IsSentBack()
    {
        var policy = Sample.Policy(("*", PolicyEffect.Allow), ("shell", PolicyEffect.Deny));
        var history = Drafts.Due(Sample.Spec() with { Policy = policy }).Says(Drafts.Good);

        EventsOf<PlanRefused>(history)
            .ShouldHaveSingleItem()
            .Fault.ShouldContain("the gate of step 'print' is a command that the policy does not allow");
    }

    [Fact]
    public void StepDone_InOrder_ShowsProgressAndGoesOn()
    {
        var history = Drafts.Due().Says(Drafts.Good);

        Drafts.Checked(history.Replied(Drafts.Call("print")));
        history.State.Planning.Done.ShouldBe(0, "it waits for the other");
        Drafts.Checked(history.Replied(Drafts.Call("parse")));
        Drafts.Checked(history.Replied(Drafts.Call("print")), exitCode: 1);

        history.State.Planning.Done.ShouldBe(1);
        ReportPlan.Of(history.State)!.Steps.Select(s => s.State).ShouldBe(["done", "its gate failed last"]);
        Drafts.Checked(history.Replied(Drafts.Call("print")));
        ReportPlan.Of(history.State)!.ShouldSatisfyAllConditions(p => p.Done.ShouldBe(2), p => p.Steps.ShouldAllBe(s => s.Done));
        history.Claims("t1").Gate(GateOutcome.Failed, "boom");
        Body(history).ShouldContain("[done] print: Print it");
    }

    [Fact]
    public void StepChecked_ThatDoesNotFit_IsRefused()
    {
        var history = Drafts.Due().Says(Drafts.Good);
        var step = history.State.Planning.Steps![0];

        history.ThenRefuses("waits for parse", PlanRules.Conclude(history.State.Planning.Steps[1], history.State.Workspace.Tree, null));
        history.ThenRefuses("the workspace has the tree", PlanRules.Conclude(step, "another", null));
        history.ThenRefuses("no step of that id", PlanRules.Conclude(step with { Id = "none" }, history.State.Workspace.Tree, null));
        history.ThenRefuses("no plan is being made", new PlanRefused(2, "x", false));
        history.ThenRefuses("no reply of a planner", new PlanMade(2, []));
    }

    [Fact]
    public void Replay_StepWhoseGateFailedSaidToBeDone_IsADifference()
    {
        var history = Drafts.Due().Says(Drafts.Good);
        Drafts.Checked(history.Replied(Drafts.Call("parse")));
        history.Asked();
        history.Given(History.Reply(Drafts.Call("print")));
        var run = history.Then<RunTool>();
        history.Given(run.Intent!);
        var results = Drafts.Results(run, history.State, exitCode: 1);

        history.Given(results[0], (StepChecked)results[1] with { Done = true, Outcome = GateOutcome.Passed });

        var replayer = new LoopReplayer(LoopFold.Begin(LedgerCodec.Read(history.Lines[0])));
        foreach (var line in history.Lines.Skip(1))
        {
            replayer.Next(LedgerCodec.Read(line));
        }

        replayer.Differences.ShouldHaveSingleItem().What.ShouldContain("step 'print' is Failed by what was recorded");
    }

    [Fact]
    public void Fork_OfALoopWithAPlan_GoesOnWithIt()
    {
        var history = Drafts.Due().Says(Drafts.Good);
        Drafts.Checked(history.Replied(Drafts.Call("parse")));

        var fork = History.ForkOf(history.State);

        fork.State.Planning.Done.ShouldBe(1);
        fork.Decide().Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Make);
    }

    /// <summary>Loops that began before plans had steps.</summary>
    [Fact]
    public void Says_LoopOfAnEarlierVersion_HasAPlanThatIsAText()
    {
        var history = History.InAttempt(Sample.Spec() with { Plan = true }).Says("1. do it");

        history.State.Plan.ShouldBe("1. do it");
        Body(history).ShouldContain("# Plan\\n1. do it");
    }

    private static string Body(History history) => Encoding.UTF8.GetString(history.Then<CallModel>().Body.Span);

    private static List<T> EventsOf<T>(History history) => [.. history.Lines.SelectMany(l => LedgerCodec.Read(l).Events).OfType<T>()];
}
