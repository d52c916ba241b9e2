using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Plans;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Histories with a plan of steps.</summary>
internal static class Drafts
{
    /// <summary>Two steps; the second waits for the first and has a gate.</summary>
    public const string Good = """
        {"steps":[{"id":"parse","title":"Parse the file","check":"the parser's test passes","files":["src/parse.py"]},
                  {"id":"print","title":"Print it","check":"the output is right","needs":["parse"],"gate":"run print"}]}
        """;

    public const string Circle = """
        {"steps":[{"id":"a","title":"A","check":"x","needs":["b"]},{"id":"b","title":"B","check":"x","needs":["a"]}]}
        """;

    public static LoopCreated Created(LoopSpec? spec = null)
    {
        var created = Sample.Created((spec ?? Sample.Spec()) with { Plan = true });
        return created with { Plans = PlanRules.Version, Tools = [.. created.Tools, Tool] };
    }

    public static readonly ToolDefinition Tool = new(
        "step_done",
        "says that a step is done",
        Sample.Json("""{"type":"object","properties":{"step":{"type":"string"}},"required":["step"]}"""),
        EffectClass.Pure,
        Sandbox: true
    );

    /// <summary>The planner is about to be asked.</summary>
    public static History Due(LoopSpec? spec = null) => History.InAttempt(Created(spec));

    public static ToolCall Call(string step) => Sample.Call("step_done", $$"""{"step":"{{step}}"}""");

    /// <summary>What a driver makes of the call of <see cref="Call"/> that is due.</summary>
    /// <param name="exitCode">Of the step's gate, when it has one.</param>
    public static History Checked(History history, int exitCode = 0)
    {
        var run = history.Then<RunTool>();
        history.Given(run.Intent!);
        return history.Given(Results(run, history.State, exitCode)).Decide();
    }

    public static LoopEvent[] Results(RunTool run, Engine.Loops.LoopState state, int exitCode)
    {
        var completed = new ToolCompleted
        {
            Call = run.Call.Id,
            Tool = run.Call.Name,
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline("checked"),
        };
        var step = PlanRules.Find(state, run.Arguments.GetProperty("step").GetString()!, out var fault);
        if (step is null)
        {
            return [completed with { Outcome = ToolOutcome.Error, Output = OutputText.Inline(fault) }];
        }

        var seen = new GateRun
        {
            End = RunEnd.Exited,
            ExitCode = exitCode,
            Output = OutputText.Inline("seen"),
        };
        return [completed, PlanRules.Conclude(step, state.Workspace.Tree, step.Gate is null ? null : seen)];
    }
}
