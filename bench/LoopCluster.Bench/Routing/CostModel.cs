using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Bench.Routing;

/// <summary>
/// What the scripted loops are made of. One figure comes from traces: of 500 SWE-bench tasks 64.6 % can be solved by the cheapest of 8
/// models (docs/benchmarks.md names the source). All else is assumed, stands here in one place, and is printed with the result.
/// </summary>
internal sealed record CostModel
{
    /// <summary>Share of tasks that the cheap tier can solve. From traces.</summary>
    public double CheapSolves { get; init; } = 0.646;

    /// <summary>Share of the others that the dear tier can solve; the rest nobody can.</summary>
    public double DearSolvesOfTheRest { get; init; } = 0.6;

    /// <summary>In one round of edits, of a failing test that the tier can mend at all.</summary>
    public double CheapMends { get; init; } = 0.5;

    public double DearMends { get; init; } = 0.75;

    /// <summary>Tests that fail on the base, at most.</summary>
    public int MostTests { get; init; } = 6;

    /// <summary>Rounds of reading, editing and a run of the gate's command before an attempt is claimed to be done.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Turns of reading before each edit, at most.</summary>
    public int MostReads { get; init; } = 4;

    /// <summary>Tokens of goal, rules and tools.</summary>
    public int Head { get; init; } = 3_000;

    /// <summary>Tokens that a turn adds to the prompt, on average: a call and what it brought.</summary>
    public int TurnIn { get; init; } = 1_200;

    /// <summary>Tokens of a reply, on average.</summary>
    public int TurnOut { get; init; } = 250;

    /// <summary>An open model on machines of one's own, or at a host's list price.</summary>
    public ModelPrice Cheap { get; init; } =
        new()
        {
            In = 0.10m,
            Out = 0.40m,
            Cached = 0.01m,
        };

    /// <summary>A model of the first rank at its list price.</summary>
    public ModelPrice Dear { get; init; } =
        new()
        {
            In = 3m,
            Out = 15m,
            Cached = 0.30m,
        };

    public ModelBinding Binding(bool dear) =>
        new()
        {
            Name = dear ? "dear" : "cheap",
            Model = dear ? "dear-1" : "cheap-1",
            Url = dear ? "http://dear/v1" : "http://cheap/v1",
            Window = 200_000,
            MaxTokens = 4_096,
            Price = dear ? Dear : Cheap,
        };
}
