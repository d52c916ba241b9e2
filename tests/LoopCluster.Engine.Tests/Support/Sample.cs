using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Small valid things to build histories from.</summary>
internal static class Sample
{
    public const string BaseTree = "base-tree";

    public static readonly LoopId Loop = new("loop-1");

    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly ModelBinding Model = new()
    {
        Name = "maker",
        Url = "http://localhost/v1",
        Model = "maker-1",
        Window = 32_768,
        MaxTokens = 4096,
        Price = new ModelPrice
        {
            In = 1m,
            Out = 4m,
            Cached = 0.25m,
        },
    };

    public static LoopSpec Spec(params GateSpec[] gates) =>
        new()
        {
            Goal = "Make the tests pass.",
            Workspace = new WorkspaceSpec { Files = new Dictionary<string, string> { ["a.txt"] = "a" } },
            Models = new Dictionary<string, ModelSpec> { ["make"] = new() { Name = "maker" } },
            Gates = gates.Length == 0 ? [Gate("tests")] : gates,
        };

    /// <summary>A sandbox that reaches out: its calls may change something outside.</summary>
    public static LoopSpec Reaching() => Spec() with { Sandbox = new SandboxLimits { Egress = ["example.org:443"] } };

    /// <summary>A person is asked about every call of the shell.</summary>
    public static LoopSpec Asking() => Spec() with { Policy = Policy(("*", PolicyEffect.Allow), ("shell", PolicyEffect.Ask)) };

    public static PolicySpec Policy(params (string Tool, PolicyEffect Effect)[] rules) =>
        new() { Rules = [.. rules.Select(r => new PolicyRule { Tool = r.Tool, Effect = r.Effect })] };

    public static CommandGate Gate(string name) => new() { Name = name, Run = $"run {name}" };

    public static LoopCreated Created(LoopSpec spec, params (string Role, ModelBinding Model)[] models) =>
        new()
        {
            Tenant = "default",
            Spec = spec,
            Models =
                models.Length == 0
                    ? new Dictionary<string, ModelBinding> { ["make"] = Model }
                    : models.ToDictionary(m => m.Role, m => m.Model),
            Tools = [Tool("shell"), Tool("write_file"), Tool("read_file"), Tool("note"), Tool("done")],
            Versions = EngineVersions.Current,
        };

    public static readonly BaseImported Imported = new()
    {
        Base = new BaseSnapshot("base-commit", BaseTree, Blob("pack-0")),
        Rules = "Keep it simple.",
    };

    public static ToolDefinition Tool(string name) =>
        new(
            name,
            $"the tool {name}",
            Json("""{"type":"object","properties":{"x":{"type":["string","integer"]}}}"""),
            ClassOf(name),
            Sandbox: name is "shell" or "deploy"
        );

    private static EffectClass ClassOf(string name) =>
        name switch
        {
            "shell" or "write_file" => EffectClass.Workspace,
            "deploy" => EffectClass.External,
            _ => EffectClass.Pure,
        };

    public static JsonElement Json(string json) => JsonElement.Parse(json);

    public static BlobRef Blob(string name) => new(Hash(name), name.Length);

    public static string Hash(string name) => LoopCluster.Engine.Ledger.LedgerHash.Of(System.Text.Encoding.UTF8.GetBytes(name)).ToString();

    public static ToolCall Call(string name, string arguments = "{}", string id = "call_0") => new(id, name, arguments);
}
