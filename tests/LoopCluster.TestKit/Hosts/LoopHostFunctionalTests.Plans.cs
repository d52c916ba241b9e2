using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Plans of steps, made by a scripted planner and carried out.</summary>
public abstract partial class LoopHostFunctionalTests
{
    private const string Draft =
        """{"steps":[{"id":"look","title":"Look","check":"it is known"},{"id":"put","title":"Put 42 there","check":"it is there","needs":["look"],"gate":"has answer.txt 42","files":["answer.txt"]}]}""";

    [SkippableFact]
    public async Task Plan_OfSteps_IsSentBackUntilItIsOneAndItsGatesAreRun()
    {
        var write = """{ name: write_file, arguments: { path: answer.txt, content: "42\n" } }""";
        string[] replies =
        [
            """{ role: plan, text: "1. look 2. put" }""",
            $"{{ role: plan, text: '{Draft}' }}",
            $"{{ role: make, tools: [ {Step("put")}, {Step("look")}, {Step("put")}, {write} ] }}",
            $"{{ role: make, tools: [ {Step("put")}, {{ name: done, arguments: {{ summary: ready }} }} ] }}",
        ];

        var loop = await StartAsync(Spec($"[ {string.Join(", ", replies)} ]", "plan: true"));
        var state = await RestAsync(loop);

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        var events = (await EntriesAsync(loop)).SelectMany(e => e.Events).ToList();
        events.OfType<PlanRefused>().ShouldHaveSingleItem().Fault.ShouldContain("not one JSON object");
        events.OfType<PlanMade>().ShouldHaveSingleItem().Steps.Select(s => s.Id).ShouldBe(["look", "put"]);
        events
            .OfType<StepChecked>()
            .Select(s => (s.Step, s.Done, s.Outcome))
            .ShouldBe([("look", true, null), ("put", false, GateOutcome.Failed), ("put", true, GateOutcome.Passed)]);
        events
            .OfType<ToolCompleted>()
            .Where(t => t.Tool == "step_done")
            .Select(t => t.Output.Text!.Split('\n')[0])
            .ShouldBe([
                "error: step 'put' waits for look",
                "step 'look' is done",
                "[step 'put': its gate has not passed]",
                "[step 'put': its gate passed, it is done]",
            ]);
        ReportPlan.Of(state)!.Done.ShouldBe(2);
        LoopReport.Of(state).ToJson().ShouldContain("\"gate\": \"has answer.txt 42\"");
    }

    [SkippableFact]
    public async Task Plan_ScriptHasNoOther_GoesOnWithoutOne()
    {
        var state = await RunAsync(Spec($$"""[ { role: plan, text: "1. put it there" }, {{Write("42")}} ]""", "plan: true"));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        state.Planning.ShouldSatisfyAllConditions(p => p.IsOver.ShouldBeTrue(), p => p.Steps.ShouldBeNull());
    }

    private static string Step(string id) => $$"""{ name: step_done, arguments: { step: {{id}} } }""";
}
