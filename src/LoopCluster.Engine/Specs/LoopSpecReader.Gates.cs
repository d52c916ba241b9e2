using LoopCluster.Engine.Gates;

namespace LoopCluster.Engine.Specs;

public static partial class LoopSpecReader
{
    private const int MostGates = 32;
    private const int MostGlobs = 256;
    private const string NoGates = "missing: a loop needs at least one gate; without any, only mode: single-shot";
    private static readonly Duration LongestRun = Duration.FromMinutes(6 * 60);

    private static List<GateSpec> ReadGates(SpecObject document, SpecOrigin origin, IDictionary<string, ModelSpec> models)
    {
        var gates = new List<GateSpec>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var items = document.Array("gates", MostGates);
        if (
            items.Count == 0
            && document.Value("gates") is { ValueKind: System.Text.Json.JsonValueKind.Array } list
            && list.GetArrayLength() == 0
        )
        {
            document.Faults.Add("gates", "is empty: a loop needs at least one gate; for a single shot without any leave the key out");
        }

        foreach (var (at, value) in items)
        {
            if (SpecObject.Open(value, at, document.Faults) is not { } gate)
            {
                continue;
            }

            var read = ReadGate(gate, origin, models);
            gates.Add(read);
            if (read.Name.Length > 0 && !names.Add(read.Name))
            {
                document.Faults.Add(gate.At("name"), $"'{read.Name}' is the name of another gate");
            }
        }

        return gates;
    }

    private static GateSpec ReadGate(SpecObject gate, SpecOrigin origin, IDictionary<string, ModelSpec> models)
    {
        gate.Require("name", "a short name for messages and the proof");
        return gate.Has("judge") ? ReadJudgeGate(gate, origin, models) : ReadCommandGate(gate);
    }

    private static CommandGate ReadCommandGate(SpecObject gate)
    {
        gate.Require("run", "the command whose exit code 0 is success; or judge, models that vote");
        var read = new CommandGate
        {
            Name = gate.Text("name", 64, CheckGateName) ?? "",
            Run = gate.Text("run", 64 * KiB) ?? "",
            Protect = gate.Is("protect", "none") ? [] : gate.Texts("protect", MostGlobs, KiB, CheckGlob),
            Unprotected = gate.Is("protect", "none"),
            Baseline = gate.Choice("baseline", ("red", GateBaseline.Red), ("pass", GateBaseline.Pass)) ?? GateBaseline.Red,
            Evidence = gate.Text("evidence", LinearRegex.MaxLength * 4, CheckEvidence),
            Confirm = gate.Integer("confirm", 1, 10) ?? 1,
            Flaky = gate.Object("flaky") is { } flaky ? ReadFlaky(flaky) : null,
            Canary =
                gate.Is("canary", "none") ? new SortedDictionary<string, string>()
                : gate.Object("canary") is { } canary ? ReadCanary(canary)
                : null,
            Sabotage = gate.Integer("sabotage", 1, 100),
            Strength = gate.Object("strength") is { } strength ? ReadStrength(strength) : null,
        };
        read = gate.Length("timeout", Shortest, LongestRun) is { } timeout ? read with { Timeout = timeout } : read;
        gate.Close();
        return read;
    }

    private static SortedDictionary<string, string> ReadCanary(SpecObject canary)
    {
        var read = ReadFiles(canary);
        if (read.Count == 0)
        {
            canary.Faults.Add(canary.Path, "names no file: give the path and text of a check that fails, or 'none'");
        }

        return read;
    }

    private static StrengthSpec ReadStrength(SpecObject strength)
    {
        var read = new StrengthSpec(strength.Flag("canary") ?? false, strength.Number("sabotage", 0, 1));
        strength.Close();
        return read;
    }

    private static FlakySpec ReadFlaky(SpecObject flaky)
    {
        var read = new FlakySpec(flaky.Integer("reruns", 1, 10) ?? 1) { Quarantine = flaky.Flag("quarantine") ?? false };
        flaky.Close();
        return read;
    }

    private static PrepareSpec ReadPrepare(SpecObject prepare, SpecOrigin origin)
    {
        prepare.Require("run", "the command that fetches or builds dependencies");
        var read = new PrepareSpec { Run = prepare.Text("run", 64 * KiB) ?? "", Allow = ReadEgress(prepare, "allow", origin) };
        read = prepare.Length("timeout", Shortest, LongestRun) is { } timeout ? read with { Timeout = timeout } : read;
        prepare.Close();
        return read;
    }

    private static ChangeLimits ReadChanges(SpecObject changes)
    {
        var read = new ChangeLimits
        {
            Allow = changes.Texts("allow", MostGlobs, KiB, CheckGlob),
            Deny = changes.Texts("deny", MostGlobs, KiB, CheckGlob),
            Steer = changes.Texts("steer", MostGlobs, KiB, CheckGlob),
            MaxFiles = changes.Integer("maxFiles", 1, 1_000_000),
            MaxLines = changes.Integer("maxLines", 1, 100_000_000),
        };
        changes.Close();
        return read;
    }

    private static string? CheckGateName(string name) =>
        name is not ("." or "..") && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? null
            : "must be 1 to 64 letters, digits, '.', '_' or '-'";

    private static string? CheckEvidence(string pattern) =>
        LinearRegex.TryCreate(pattern, multiline: true, out _, out var error) ? null : error;

    /// <summary>A glob that can match nothing would protect nothing, silently: such forms are refused.</summary>
    private static string? CheckGlob(string glob)
    {
        if (glob.StartsWith('/') || glob.Contains('\\', StringComparison.Ordinal) || glob.Any(char.IsControl))
        {
            return "must be a glob relative to the workspace, with forward slashes, such as tests/**";
        }

        if (glob.StartsWith('!'))
        {
            return "a leading '!' is not supported: list what shall match";
        }

        // The one trailing slash that says "directory" is fine.
        var segments = (glob.EndsWith('/') ? glob[..^1] : glob).Split('/');
        return segments.Any(segment => segment is "" or "." or "..") ? "must not have empty, '.' or '..' parts"
            : segments.Any(segment => segment.Contains("**", StringComparison.Ordinal) && segment != "**")
                ? "'**' must stand alone between slashes"
            : PathGlob.TryParse(glob, out _, out var fault) ? null
            : fault;
    }
}
