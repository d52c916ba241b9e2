using System.Globalization;
using System.Text.Json.Nodes;
using LoopCluster.Bench.Cluster.Hosting.Sandboxes;

namespace LoopCluster.Bench.Cluster.Chaos.Workload;

/// <summary>
/// Makes the plans of a seed: some twenty steps each, with commits, outputs long enough for blobs, an attempt that fails its gate and a
/// fix.
/// </summary>
internal static class PlanWriter
{
    /// <summary>One loop in so many runs in real containers.</summary>
    public const int ContainersEvery = 20;

    /// <summary>Name of the model that the run's own server serves.</summary>
    public const string Model = "chaos";

    /// <summary>Says in every request which loop it is; the model server reads it there.</summary>
    public const string Mark = "chaos loop ";

    private const long Plenty = 20_000_000;

    /// <summary>Enough for a handful of requests, not for all.</summary>
    private const long Scant = 90_000;

    private const int EndlessTurns = 150;

    public static IReadOnlyList<LoopPlan> Write(int seed, int loops, bool containers) =>
        [
            .. Enumerable
                .Range(0, loops)
                .Select(number =>
                    Write(new Random(unchecked((seed * 1_000_003) + number)), number, containers && number % ContainersEvery == 7)
                ),
        ];

    private static LoopPlan Write(Random random, int number, bool containers)
    {
        var ending = containers
            ? Ending.Verified
            : random.Next(100) switch
            {
                < 10 => Ending.Cancelled,
                < 15 => Ending.BudgetExhausted,
                _ => Ending.Verified,
            };
        var billed = ending == Ending.BudgetExhausted || random.Next(2) == 0;
        var prepared = random.Next(6) == 0;
        var asks = ending == Ending.Verified && random.Next(10) == 0;
        var tokens = ending == Ending.BudgetExhausted ? Scant : Plenty;
        var plan = Script(random, ending, containers);
        var spec = new JsonObject
        {
            ["goal"] = Mark + number.ToString(CultureInfo.InvariantCulture),
            ["workspace"] = new JsonObject { ["files"] = Files(Base()) },
            ["model"] = billed ? Model : new JsonObject { ["script"] = Inline(plan.Replies) },
            ["gates"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "readme",
                    ["run"] = "test -f README.md",
                    ["baseline"] = "pass",
                },
                new JsonObject
                {
                    ["name"] = "value",
                    ["run"] = "cat src/value.txt && grep -q good src/value.txt && grep -q done src/other.txt",
                    ["protect"] = new JsonArray("tests/**"),
                    ["timeout"] = "60s",
                }
            ),
            ["budget"] = new JsonObject
            {
                ["tokens"] = tokens,
                ["turns"] = 500,
                ["deadline"] = "30m",
            },
            ["sandbox"] = new JsonObject { ["memory"] = "64m", ["timeout"] = "60s" },
        };
        if (!containers)
        {
            spec["image"] = SplitSandbox.NoContainer;
        }

        if (prepared)
        {
            spec["prepare"] = new JsonObject { ["run"] = "mkdir -p .deps && echo library > .deps/library.txt" };
        }

        if (asks)
        {
            spec["policy"] = new JsonObject
            {
                ["rules"] = new JsonArray(
                    new JsonObject { ["tool"] = "*", ["effect"] = "allow" },
                    new JsonObject { ["tool"] = "edit_file", ["effect"] = "ask" }
                ),
            };
        }

        return new LoopPlan
        {
            Number = number,
            Ending = ending,
            Containers = containers,
            Billed = billed,
            Messages = random.Next(8) == 0 ? 1 + random.Next(2) : 0,
            Asks = asks,
            Forked = ending == Ending.Verified && !asks && !containers && random.Next(12) == 0,
            Tokens = tokens,
            Spec = spec,
            Replies = plan.Replies,
            Tree = GitTree.NameOf(plan.Files),
        };
    }

    private static PlanBuilder Base() =>
        new PlanBuilder()
            .Base("README.md", "# values\n")
            .Base("count.txt", "zero\n")
            .Base("src/value.txt", "start\n")
            .Base("tests/check.txt", "good\n");

    private static PlanBuilder Script(Random random, Ending ending, bool containers)
    {
        var pause = containers ? 0.1 : 0.2 + random.NextDouble();
        var plan = Base()
            .Call("list_files", new { })
            .Append("count.txt", "one", pause)
            .Write("src/value.txt", "bad\n")
            .Calls(
                ("read_file", new { path = "src/value.txt" }),
                ("note", new { text = "value.txt holds the value" }),
                ("search", new { pattern = "bad" })
            );
        if (ending != Ending.Verified)
        {
            // It goes on until somebody or something stops it.
            for (var turn = 0; turn < EndlessTurns; turn++)
            {
                plan.Append("count.txt", FormattableString.Invariant($"line-{turn}"), pause);
            }

            return plan.Say("it was not stopped");
        }

        plan.Append("count.txt", "two", pause).Say("first attempt");
        for (var file = random.Next(1, 5); file > 0; file--)
        {
            plan.Write($"files/{file}.txt", Text(random, 500 + random.Next(3000)))
                .Append("count.txt", FormattableString.Invariant($"file-{file}"), pause);
        }

        // Longer than what the ledger keeps of an output.
        plan.Write("files/long.txt", Text(random, 12_000))
            .Shell("cat files/long.txt")
            .Call("no_such_tool", new { })
            .Write("src/value.txt", "good\n")
            .Append("src/other.txt", "done", pause)
            .Edit("README.md", "# values", "# Values")
            // Protected: it must not help, and it stays in the change.
            .Write("tests/check.txt", "changed\n")
            .Append("count.txt", "three", pause)
            .Shell("cat count.txt");
        return plan.Say("finished");
    }

    private static string Text(Random random, int length)
    {
        var lines = new System.Text.StringBuilder(length);
        while (lines.Length < length)
        {
            lines.Append(random.NextInt64().ToString("x16", CultureInfo.InvariantCulture)).Append(lines.Length % 64 < 48 ? ' ' : '\n');
        }

        return lines.Append('\n').ToString();
    }

    private static JsonObject Files(PlanBuilder plan) =>
        new(plan.Files.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)file.Value)));

    /// <summary>Replies as the scripted model takes them.</summary>
    public static JsonObject Inline(IReadOnlyList<PlannedReply> replies) =>
        new()
        {
            ["replies"] = new JsonArray([
                .. replies.Select(reply =>
                    (JsonNode)(
                        reply.Calls.Count == 0
                            ? new JsonObject { ["text"] = reply.Text }
                            : new JsonObject
                            {
                                ["tools"] = new JsonArray([
                                    .. reply.Calls.Select(call =>
                                        (JsonNode)new JsonObject { ["name"] = call.Name, ["arguments"] = JsonNode.Parse(call.Arguments) }
                                    ),
                                ]),
                            }
                    )
                ),
            ]),
        };
}
