using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>A spec chosen by a tape: mostly small budgets, so that every ceiling is met often.</summary>
internal static class SimulatedSpec
{
    public static LoopCreated From(Tape tape)
    {
        var spec = Sample.Spec() with
        {
            Gates = Gates(tape),
            Plan = tape.Chance(60),
            Changes = new ChangeLimits { MaxFiles = tape.One<int?>(null, 1, 5), Deny = tape.One<string[]>([], [], ["**/file-05?.py"]) },
            Prepare = tape.Chance(40) ? new PrepareSpec { Run = "make deps" } : null,
            Policy = tape.Chance(120) ? Rules(tape) : null,
            Sandbox = new SandboxLimits { Timeout = Duration.FromSeconds(30), Egress = tape.One<string[]>([], [], ["example.org:443"]) },
            Budget = new BudgetLimits
            {
                Attempts = tape.One(3, 1, 2, 6),
                Turns = tape.One(12, 1, 3, 60),
                Tokens = tape.One(2_000_000L, 600, 5_000, 60_000),
                Cost = tape.One<decimal?>(null, 0.001m, 0.02m, 0.5m),
                SandboxSeconds = tape.One(3600, 1, 25, 90.5),
                Deadline = Duration.FromSeconds(tape.One(3600, 5, 90)),
            },
            Stuck = new StuckLimits
            {
                SameAction = tape.One(4, 2, 40),
                SameError = tape.One(3, 2),
                Alternating = tape.One(6, 4, 40),
            },
        };
        spec =
            spec.Gates.Count == 0
                ? spec with
                {
                    Mode = LoopMode.SingleShot,
                }
                : spec with
                {
                    Mode = tape.One(LoopMode.Loop, LoopMode.Loop, LoopMode.Loop, LoopMode.SingleShot),
                };
        var model = Sample.Model with
        {
            Window = tape.One(32_768, 3_000, 8_192, 131_072, 700),
            MaxTokens = tape.One(4096, 100, 700),
            Stream = tape.Chance(60),
            Price = tape.One(
                Sample.Model.Price,
                new ModelPrice(),
                new ModelPrice { In = 0, Out = 3.3m },
                new ModelPrice { In = 2.5m, Out = 0 },
                new ModelPrice
                {
                    In = 1,
                    Out = 1,
                    Cached = 2,
                }
            ),
        };
        var created = Sample.Created(spec, ("make", model), ("plan", model with { Name = "planner", Window = 16_384 }));
        return created with { Tools = [.. created.Tools, Sample.Tool("deploy")] };
    }

    /// <summary>
    /// As <see cref="From"/> with an explorer, and tiers for the maker: two models that stand in for each other and a dear one.
    /// </summary>
    public static LoopCreated WithTiersAndExplorer(Tape tape)
    {
        var created = From(tape);
        var make = created.Models["make"];
        return created with
        {
            Spec = created.Spec with
            {
                Explore = tape.Chance(128),
                Policy = null,
                Budget = created.Spec.Budget with { Tokens = 2_000_000, Turns = 60, Attempts = 6 },
            },
            Tools = ExploreRules.With(created.Tools),
            Models = new Dictionary<string, ModelBinding>(created.Models)
            {
                ["make@1.2"] = make with { Name = "spare", Window = tape.One(32_768, 8_192) },
                ["make@2.1"] = make with
                {
                    Name = "dear",
                    Price = new ModelPrice { In = 10, Out = 40 },
                    Window = tape.One(32_768, 9_000),
                },
                ["explore"] = Explorers.Model with { Window = tape.One(32_768, 3_000, 8_192) },
            },
            Tiers = new Dictionary<string, IReadOnlyList<ModelTier>>
            {
                ["make"] = [new ModelTier("small", ["make", "make@1.2"]), new ModelTier("large", ["make@2.1"])],
            },
        };
    }

    /// <summary>As <see cref="From"/> with judges behind a command, and a budget that lets them be heard.</summary>
    public static LoopCreated WithJudges(Tape tape)
    {
        var created = From(tape);
        var votes = tape.One(1, 2, 3);
        var judge = Judges.Model with { Window = tape.One(32_768, 9_000, 131_072, 700), MaxTokens = tape.One(4096, 300) };
        return created with
        {
            Plans = created.Spec.Plan ? Engine.Plans.PlanRules.Version : null,
            Tools = created.Spec.Plan ? [.. created.Tools, Drafts.Tool] : created.Tools,
            Spec = created.Spec with
            {
                Mode = LoopMode.Loop,
                Policy = null,
                Changes = new ChangeLimits(),
                Gates = [Judges.Gate(votes, tape.One(1, votes)), Sample.Gate("tests")],
                Budget = created.Spec.Budget with { Tokens = 2_000_000, Cost = null, Turns = 60, Attempts = 6 },
            },
            Models = new Dictionary<string, ModelBinding>(created.Models) { ["judge"] = judge },
        };
    }

    private static PolicySpec Rules(Tape tape) =>
        new()
        {
            Rules =
            [
                new PolicyRule { Tool = "*", Effect = PolicyEffect.Allow },
                new PolicyRule { Tool = tape.One("write_file", "note", "deploy"), Effect = tape.One(PolicyEffect.Ask, PolicyEffect.Deny) },
                new PolicyRule
                {
                    Tool = "shell",
                    Effect = PolicyEffect.Ask,
                    Arguments = new Dictionary<string, string> { ["x"] = "[02468]$" },
                },
                new PolicyRule
                {
                    Tool = "*",
                    Effect = PolicyEffect.Deny,
                    Arguments = new Dictionary<string, string> { ["x"] = "^y" },
                },
            ],
        };

    private static IReadOnlyList<GateSpec> Gates(Tape tape) =>
        tape.Pick(4) switch
        {
            0 => [Sample.Gate("tests")],
            1 =>
            [
                Sample.Gate("build") with
                {
                    Baseline = GateBaseline.Pass,
                },
                Sample.Gate("tests") with
                {
                    Confirm = 2,
                    Timeout = Duration.FromSeconds(20),
                },
            ],
            2 => [],
            _ => [Sample.Gate("tests") with { Evidence = "[0-9]+ tests" }],
        };
}
