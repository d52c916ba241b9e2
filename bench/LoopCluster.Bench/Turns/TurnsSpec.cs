using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Bench.Turns;

/// <summary>The loop of the turns workload: a model call and a no-op tool, so many times over.</summary>
internal static class TurnsSpec
{
    public const string Tenant = "bench";

    /// <summary>The tool is none of the built-in ones.</summary>
    public static readonly PolicySpec Policy = new() { Rules = [new PolicyRule { Tool = "noop", Effect = PolicyEffect.Allow }] };

    public static LoopSpec For(Uri modelUrl, int turns) =>
        new()
        {
            Goal = "call the tool until the model says it is done",
            Workspace = new WorkspaceSpec { Files = new Dictionary<string, string> { ["README.md"] = "bench\n" } },
            Models = new Dictionary<string, ModelSpec>
            {
                [AgentNames.Make] = new()
                {
                    Url = modelUrl.ToString(),
                    Model = "stub",
                    Concurrency = 4096,
                    Window = 131_072,
                },
            },
            Mode = LoopMode.SingleShot,
            Budget = new BudgetLimits { Turns = turns + 1, Tokens = long.MaxValue / 4 },
            Policy = Policy,
            Stuck = new StuckLimits { SameAction = int.MaxValue, Alternating = int.MaxValue },
        };
}
