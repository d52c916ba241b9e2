using System.Globalization;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Network;

namespace LoopCluster.Engine.Specs;

public static partial class LoopSpecReader
{
    private const long LeastMemory = 16L << 20;
    private const long MostMemory = 1L << 40;

    /// <summary>A budget alone, as a fork is given one; what is left out has its default.</summary>
    /// <exception cref="BadInputException"><c>spec-invalid</c> with every fault and its path.</exception>
    public static BudgetLimits ReadBudget(JsonElement budget, string path)
    {
        var faults = new SpecFaults();
        var read = SpecObject.Open(budget, path, faults) is { } limits ? ReadBudget(limits) : null;
        faults.ThrowIfAny("spec-invalid");
        return read!;
    }

    private static BudgetLimits ReadBudget(SpecObject budget)
    {
        var defaults = new BudgetLimits();
        var read = new BudgetLimits
        {
            Attempts = budget.Integer("attempts", 1, 1000) ?? defaults.Attempts,
            Turns = budget.Integer("turns", 1, 100_000) ?? defaults.Turns,
            Tokens = budget.Long("tokens", 1, 1_000_000_000_000) ?? defaults.Tokens,
            Cost = budget.Money("cost", 1_000_000_000),
            SandboxSeconds = budget.Number("sandboxSeconds", 1, 100_000_000) ?? defaults.SandboxSeconds,
            Deadline = budget.Length("deadline", Shortest, Duration.FromMinutes(30 * 24 * 60)) ?? defaults.Deadline,
        };
        budget.Close();
        return read;
    }

    private static SandboxLimits ReadSandbox(SpecObject sandbox, SpecOrigin origin)
    {
        var defaults = new SandboxLimits();
        var read = new SandboxLimits
        {
            Memory = ReadMemory(sandbox) ?? defaults.Memory,
            Cpus = sandbox.Number("cpus", 0.05, 1024) ?? defaults.Cpus,
            Pids = sandbox.Integer("pids", 8, 65_536) ?? defaults.Pids,
            Timeout = sandbox.Length("timeout", Shortest, LongestRun) ?? defaults.Timeout,
            Egress = ReadEgress(sandbox, "egress", origin),
        };
        sandbox.Close();
        return read;
    }

    private static StuckLimits ReadStuck(SpecObject stuck)
    {
        var defaults = new StuckLimits();
        var read = new StuckLimits
        {
            SameAction = stuck.Integer("sameAction", 2, 1000) ?? defaults.SameAction,
            SameError = stuck.Integer("sameError", 2, 1000) ?? defaults.SameError,
            Alternating = stuck.Integer("alternating", 4, 1000) ?? defaults.Alternating,
        };
        stuck.Close();
        return read;
    }

    private static DeliverSpec ReadDeliver(SpecObject deliver)
    {
        var read = new DeliverSpec { Steps = deliver.Flag("steps") ?? false };
        deliver.Close();
        return read;
    }

    private static ReviewSpec ReadReview(SpecObject review)
    {
        review.Require("sample", "the share of verified loops that people look at, such as 0.1");
        var read = new ReviewSpec(review.Number("sample", 0, 1) ?? 0);
        review.Close();
        return read;
    }

    private static long? ReadMemory(SpecObject sandbox)
    {
        if (sandbox.Value("memory") is not { } value)
        {
            return null;
        }

        long? bytes = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var number) => number,
            JsonValueKind.String => ParseMemory(SpecObject.Decode(value) ?? ""),
            _ => null,
        };
        if (bytes is >= LeastMemory and <= MostMemory)
        {
            return bytes;
        }

        sandbox.Faults.Add(sandbox.At("memory"), "must be from 16m to 1024g, written 512m, 1g or in bytes");
        return null;
    }

    private static long? ParseMemory(string text)
    {
        var lower = text.ToLowerInvariant();
        lower =
            lower.EndsWith("ib", StringComparison.Ordinal) ? lower[..^2]
            : lower.EndsWith('b') ? lower[..^1]
            : lower;
        var shift =
            lower.Length == 0
                ? 0
                : lower[^1] switch
                {
                    'k' => 10,
                    'm' => 20,
                    'g' => 30,
                    't' => 40,
                    _ => 0,
                };
        var digits = shift == 0 ? lower : lower[..^1];
        return
            decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= MostMemory
            ? (long)Math.Min(number * (1L << shift), (decimal)MostMemory + 1)
            : null;
    }

    /// <summary>
    /// Destinations of a sandbox; what a spec of the network can be known not to reach is refused here, the rest where the name is looked
    /// up.
    /// </summary>
    private static IReadOnlyList<string> ReadEgress(SpecObject holder, string key, SpecOrigin origin)
    {
        var read = new List<string>();
        foreach (var (at, value) in holder.Array(key, MostGlobs))
        {
            if (SpecObject.Text(value, at, 300, holder.Faults, CheckDestination) is not { } text)
            {
                continue;
            }

            read.Add(text);
            if (
                origin.Source == SpecSource.Network
                && EgressRules.TryParse(text, out var destination, out var isMarked)
                && EgressRules.RefusalAtLoad(destination, isMarked, origin.Opened) is { } refusal
            )
            {
                holder.Faults.AddLocalPath(at, refusal);
            }
        }

        return read;
    }

    private static string? CheckDestination(string text) =>
        EgressRules.TryParse(text, out _, out _)
            ? null
            : "must be host:port, such as packages.example.org:443, 192.0.2.7:80 or [2001:db8::7]:80; an address is written in full, a name without a dot at its end";
}
