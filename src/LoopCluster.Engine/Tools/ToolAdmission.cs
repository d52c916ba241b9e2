using System.Text.Json;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Policy;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tools;

/// <summary>
/// What becomes of a call that a model asks for: it is run, a person is asked, or it is refused with words the model can act on.
/// </summary>
public static class ToolAdmission
{
    /// <param name="call">The next of the last reply.</param>
    /// <param name="notBefore">When it may be begun.</param>
    /// <returns>A <see cref="RunTool"/> with its intent, or a <see cref="Record"/> of the question or refusal.</returns>
    public static LoopEffect Admit(LoopState state, ToolCall call, DateTimeOffset notBefore)
    {
        if (Find(state, call.Name) is not { } tool)
        {
            return Refuse(call, ToolOutcome.Error, DescribeUnknown(state, call.Name));
        }

        if (!ToolArguments.TryParse(tool, call.Arguments, out var arguments, out var error))
        {
            return Refuse(call, ToolOutcome.Error, error);
        }

        var decision = PolicyEvaluator.Decide(state.Spec.Policy, state.Imported.WorkspacePolicy, call.Name, arguments);
        var grant = decision.Effect == PolicyEffect.Ask ? GrantOf(state, call) : null;
        if (decision.Effect == PolicyEffect.Deny)
        {
            return Refuse(call, ToolOutcome.Denied, $"the policy denies this call ({decision.Rule}): {decision.Reason}", decision.Rule);
        }

        return decision.Effect == PolicyEffect.Ask && grant is null
            ? new Record { Intent = Question(state, call, decision.Rule) }
            : Run(
                call,
                arguments,
                new ToolRequested
                {
                    Call = call.Id,
                    Tool = call.Name,
                    Class = ClassOf(tool, state.Spec),
                    Rule = decision.Rule,
                    Approval = grant?.Seq,
                    ReservedSeconds = tool.Sandbox
                        ? Math.Min(
                            state.Spec.Sandbox.Timeout.Value.TotalSeconds,
                            state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds
                        )
                        : 0,
                },
                notBefore
            );
    }

    /// <summary>The call of an intent whose driver is gone, to be run once more under the decision that stands in the ledger.</summary>
    public static LoopEffect Resume(LoopState state, ToolRequested intent)
    {
        var call = state.NextCall!;
        return Find(state, call.Name) is { } tool && ToolArguments.TryParse(tool, call.Arguments, out var arguments, out _)
            ? Run(call, arguments, intent, default)
            : new Record
            {
                Intent = new LoopStopped(
                    LoopStatus.Failed,
                    $"call '{call.Id}' of tool '{call.Name}' is open, and this engine would not have admitted it"
                ),
            };
    }

    /// <summary>A sandbox that reaches out may have changed something outside, whatever the tool does by itself.</summary>
    public static EffectClass ClassOf(ToolDefinition tool, LoopSpec spec) =>
        tool.Sandbox && spec.Sandbox.Egress.Count > 0 ? EffectClass.External : tool.Class;

    private static ToolDefinition? Find(LoopState state, string name) => state.Created.Tools.FirstOrDefault(t => t.Name == name);

    /// <summary>An approval binds call, tool, exact arguments and files.</summary>
    private static PendingApproval? GrantOf(LoopState state, ToolCall call) =>
        state.Grant is { Asked: { Kind: ApprovalKind.Tool } asked } grant
        && asked.Call == call.Id
        && asked.Tool == call.Name
        && asked.Arguments == call.Arguments
        && asked.Tree == state.Workspace.Tree
            ? grant
            : null;

    private static ApprovalAsked Question(LoopState state, ToolCall call, string rule) =>
        new()
        {
            Kind = ApprovalKind.Tool,
            Call = call.Id,
            Tool = call.Name,
            Arguments = call.Arguments,
            Tree = state.Workspace.Tree,
            Rule = rule,
        };

    private static RunTool Run(ToolCall call, JsonElement arguments, ToolRequested intent, DateTimeOffset notBefore) =>
        new(call, intent, arguments) { Intent = intent, NotBefore = notBefore };

    private static Record Refuse(ToolCall call, ToolOutcome outcome, string text, string? rule = null) =>
        new()
        {
            Intent = new ToolCompleted
            {
                Call = call.Id,
                Tool = call.Name,
                Outcome = outcome,
                Output = OutputText.Inline(text),
                Rule = rule,
            },
        };

    private static string DescribeUnknown(LoopState state, string name)
    {
        var tools = state.Created.Tools.Select(t => t.Name).ToList();
        var near = DidYouMean.Find(name, tools);
        var shown = name.Length <= 64 && name.All(c => c is > ' ' and < (char)127) ? $"'{name}'" : "of that name";
        return $"there is no tool {shown}{(near is null ? "" : $"; did you mean '{near}'?")} Tools: {string.Join(", ", tools)}";
    }
}
