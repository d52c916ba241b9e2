using System.Globalization;
using System.Text.Json.Nodes;
using LoopCluster.Bench.Cluster.Chaos.Workload;
using LoopCluster.Bench.Cluster.Hosting.Sandboxes;

namespace LoopCluster.ClusterTests.Support;

/// <summary>Loops that take a step at a time, each leaving one line in a file, and end verified with exactly those lines.</summary>
internal static class SteadyLoops
{
    public static LoopPlan Plan(int number, int steps, double secondsPerStep)
    {
        var builder = new PlanBuilder().Base("count.txt", "zero\n");
        for (var step = 1; step <= steps; step++)
        {
            builder.Append("count.txt", string.Create(CultureInfo.InvariantCulture, $"line-{step}-"), secondsPerStep);
        }

        builder.Say("done");
        return new LoopPlan
        {
            Number = number,
            Ending = Ending.Verified,
            Containers = false,
            Billed = false,
            Messages = 0,
            Asks = false,
            Forked = false,
            Tokens = 50_000_000,
            Replies = builder.Replies,
            Tree = GitTree.NameOf(builder.Files),
            Spec = new JsonObject
            {
                ["goal"] = string.Create(CultureInfo.InvariantCulture, $"count to {steps}"),
                ["workspace"] = new JsonObject { ["files"] = new JsonObject { ["count.txt"] = "zero\n" } },
                ["model"] = new JsonObject { ["script"] = PlanWriter.Inline(builder.Replies) },
                ["gates"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "count",
                        ["run"] = string.Create(CultureInfo.InvariantCulture, $"grep -q line-{steps}- count.txt"),
                    }
                ),
                ["budget"] = new JsonObject { ["tokens"] = 50_000_000, ["turns"] = 1000 },
                ["image"] = SplitSandbox.NoContainer,
            },
        };
    }
}
