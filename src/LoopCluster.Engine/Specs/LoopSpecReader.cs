using System.Text.Json;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// Turns a document into a <see cref="LoopSpec"/> with every default filled in and every path absolute. Pure; reads no file itself.
/// </summary>
public static partial class LoopSpecReader
{
    private const int KiB = 1024;
    private static readonly Duration Shortest = Duration.FromSeconds(0.1);

    /// <exception cref="BadInputException">
    /// <c>spec-invalid</c> with every fault and its path; <c>spec-path-not-allowed</c> when one of them is a local path in a spec that may
    /// name none. </exception>
    public static LoopSpec Read(JsonElement root, SpecOrigin origin)
    {
        var faults = new SpecFaults();
        var spec = SpecObject.Open(root, "", faults) is { } document ? ReadSpec(document, origin) : null;
        faults.ThrowIfAny("spec-invalid");
        return spec!;
    }

    private static LoopSpec ReadSpec(SpecObject document, SpecOrigin origin)
    {
        document.Require("goal", "what the loop shall achieve, in words");
        document.Require("workspace", "{ path: DIR }, { git: URL } or { files: { PATH: TEXT } }");
        var tiers = new SortedDictionary<string, IReadOnlyList<Routing.ModelTier>>(StringComparer.Ordinal);
        var models = ReadModels(document, origin, tiers);
        var spec = new LoopSpec
        {
            Goal = document.Text("goal", 64 * KiB) ?? "",
            Workspace = document.Object("workspace") is { } workspace ? ReadWorkspace(workspace, origin) : new WorkspaceSpec(),
            Models = models,
            Tiers = tiers.Count > 0 ? tiers : null,
            Mode = document.Choice("mode", ("loop", LoopMode.Loop), ("single-shot", LoopMode.SingleShot)) ?? LoopMode.Loop,
            Prepare = document.Object("prepare") is { } prepare ? ReadPrepare(prepare, origin) : null,
            Gates = ReadGates(document, origin, models),
            Changes = document.Object("changes") is { } changes ? ReadChanges(changes) : new ChangeLimits(),
            Budget = document.Object("budget") is { } budget ? ReadBudget(budget) : new BudgetLimits(),
            Sandbox = document.Object("sandbox") is { } sandbox ? ReadSandbox(sandbox, origin) : new SandboxLimits(),
            Policy = ReadPolicy(document, origin),
            Plan = document.Flag("plan") ?? false,
            Explore = document.Flag("explore") ?? false,
            Skills = ReadSkills(document, origin),
            Outage = document.Length("outage", Shortest, Duration.FromMinutes(30 * 24 * 60)) ?? LoopSpec.DefaultOutage,
            Stuck = document.Object("stuck") is { } stuck ? ReadStuck(stuck) : new StuckLimits(),
            Deliver = document.Object("deliver") is { } deliver ? ReadDeliver(deliver) : null,
            Review = document.Object("review") is { } review ? ReadReview(review) : null,
            Source = origin.Source,
        };
        spec = document.Text("image", 255, CheckImage) is { } image ? spec with { Image = image } : spec;
        if (!document.Has("gates") && spec.Mode != LoopMode.SingleShot)
        {
            document.Faults.Add("gates", NoGates);
        }

        document.Close();
        return spec;
    }

    private static PolicySpec? ReadPolicy(SpecObject document, SpecOrigin origin)
    {
        if (document.Value("policy") is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return PolicyReader.Read(value, "policy", document.Faults);
        }

        if (SpecObject.Text(value, "policy", 4 * KiB, document.Faults, null) is not { } path)
        {
            return null;
        }

        if (origin.ReadFile is null)
        {
            document.Faults.AddLocalPath("policy", "must be inline here ({ rules: [...] }): a file cannot be named");
            return null;
        }

        if (LocalPath(path, "policy", origin, document.Faults) is not { } file)
        {
            return null;
        }

        try
        {
            return PolicyReader.Read(origin.ReadFile(file));
        }
        catch (BadInputException invalid)
        {
            foreach (var fault in invalid.Faults)
            {
                document.Faults.Add("policy", $"in {file}: {(fault.Path.Length == 0 ? "" : fault.Path + ": ")}{fault.Message}");
            }

            return null;
        }
    }

    /// <summary>The absolute form of a path the spec names, or null when it may not be named.</summary>
    private static string? LocalPath(string path, string at, SpecOrigin origin, SpecFaults faults)
    {
        if (origin.Directory is null)
        {
            faults.AddLocalPath(at, "a spec sent over the network must not name a local path");
            return null;
        }

        if (path.StartsWith('~'))
        {
            faults.Add(at, "'~' is not expanded: write the whole path, or one relative to the spec file");
            return null;
        }

        return Path.GetFullPath(path, origin.Directory);
    }

    private static string? CheckImage(string image) =>
        char.IsAsciiLetterOrDigit(image[0]) && image.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or ':' or '@')
            ? null
            : "must be the name of an image, such as loopcluster/sandbox or registry.example:5000/team/image:tag";
}
