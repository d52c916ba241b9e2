using System.CommandLine;
using System.Text.Json;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Policy;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Specs;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>loop policy check SPEC</c> and <c>loop policy explain SPEC TOOL ARGS</c>: the rules of a task, with those of its repository.
/// </summary>
internal static class PolicyCommand
{
    private const string WorkspacePolicy = ".agent/policy.yaml";
    private const int MostBytes = 64 * 1024;

    public static Command Create(CommonOptions options) =>
        new("policy", "What a task's policy allows") { Check(options), Explain(options) };

    private static Command Check(CommonOptions options)
    {
        var file = new Argument<string>("SPEC") { Description = "The task" };
        return new Command("check", "Read the policy of a task and of its repository") { file }.Does(
            options,
            async (context, cancellationToken) =>
            {
                var (spec, workspace) = await ReadAsync(context, context.Get(file), cancellationToken).ConfigureAwait(false);
                if (context.Io.Json)
                {
                    context.Io.WriteJson(writer =>
                    {
                        writer.WriteStartObject();
                        writer.WriteBoolean("ok", true);
                        writer.WriteNumber("rules", spec.Policy?.Rules.Count ?? 0);
                        writer.WriteNumber("workspaceRules", workspace?.Rules.Count ?? 0);
                        writer.WriteString("default", spec.Policy is null ? "built-in tools are allowed" : "deny");
                        writer.WriteEndObject();
                    });
                    return 0;
                }

                Say(context.Io, "policy", spec.Policy);
                Say(context.Io, "workspace", workspace);
                context.Io.Say(
                    spec.Policy is null
                        ? "no policy: built-in tools are allowed, others denied"
                        : "a call that no rule matches is denied; of several rules the strictest decides"
                );
                return 0;
            }
        );
    }

    private static Command Explain(CommonOptions options)
    {
        var file = new Argument<string>("SPEC") { Description = "The task" };
        var tool = new Argument<string>("TOOL") { Description = "Name of a tool" };
        var arguments = new Argument<string>("ARGS") { Description = "The call's arguments, a JSON object" };
        return new Command("explain", "Say what the policy decides about a call, and which rule does") { file, tool, arguments }.Does(
            options,
            async (context, cancellationToken) =>
            {
                var (spec, workspace) = await ReadAsync(context, context.Get(file), cancellationToken).ConfigureAwait(false);
                var name = context.Get(tool);
                var decision = PolicyEvaluator.Decide(spec.Policy, workspace, name, ReadArguments(name, context.Get(arguments)));
                if (context.Io.Json)
                {
                    context.Io.WriteJson(writer =>
                    {
                        writer.WriteStartObject();
                        writer.WriteString("tool", name);
                        writer.WriteString("effect", Names.Of(decision.Effect));
                        writer.WriteString("rule", decision.Rule);
                        writer.WriteString("reason", decision.Reason);
                        writer.WriteEndObject();
                    });
                }
                else
                {
                    context.Io.Say($"{Names.Of(decision.Effect)} ({decision.Rule}): {decision.Reason}");
                }

                return 0;
            }
        );
    }

    /// <summary>As a loop would: by the tool's schema, paths in their plain form.</summary>
    private static JsonElement ReadArguments(string tool, string text)
    {
        if (BuiltInTools.Create(TimeProvider.System).FirstOrDefault(t => t.Definition.Name == tool) is { } builtIn)
        {
            return ToolArguments.TryParse(builtIn.Definition, text, out var arguments, out var error)
                ? arguments
                : throw new BadInputException("arguments-invalid", "ARGS", error);
        }

        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException e)
        {
            throw new BadInputException("arguments-invalid", "ARGS", $"not JSON: {e.Message}");
        }
    }

    private static async ValueTask<(LoopSpec Spec, PolicySpec? Workspace)> ReadAsync(
        CommandContext context,
        string file,
        CancellationToken cancellationToken
    )
    {
        var spec = SpecFile.Read(file);
        using var temporary = TemporaryData.Create(context.Data);
        await using var runtime = await LoopRuntime
            .OwnAsync(temporary.Data, context.RuntimeOptions(ModelCatalog.Empty), temporary.Share)
            .ConfigureAwait(false);
        var workspaces = runtime.Ports.Workspaces;
        var id = new Engine.Loops.LoopId("policy");
        var snapshot = await workspaces.ImportAsync(id, spec.Workspace, cancellationToken).ConfigureAwait(false);
        var text = await workspaces.ReadFileAsync(id, snapshot.Tree, WorkspacePolicy, MostBytes, cancellationToken).ConfigureAwait(false);
        return (spec, text is null ? null : SpecFile.ParsePolicy(text, WorkspacePolicy));
    }

    private static void Say(CliIo io, string name, PolicySpec? policy)
    {
        foreach (var (index, rule) in (policy?.Rules ?? []).Index())
        {
            var patterns =
                rule.Arguments.Count == 0 ? "" : " where " + string.Join(", ", rule.Arguments.Select(a => $"{a.Key} ~ /{a.Value}/"));
            io.Say(TerminalText.Clean($"{name}.rules[{index}]: {Names.Of(rule.Effect)} {rule.Tool}{patterns}"));
        }
    }
}
