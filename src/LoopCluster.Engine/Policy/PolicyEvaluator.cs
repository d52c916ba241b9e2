using System.Runtime.CompilerServices;
using System.Text.Json;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Policy;

/// <summary>
/// Decides about tool calls. Deterministic: the same rules, tool and arguments always give the same decision. The strictest of all
/// matching rules wins, whatever their order; what nothing matches is denied.
/// </summary>
public static class PolicyEvaluator
{
    private static readonly PolicyDecision BuiltIn = new(PolicyEffect.Allow, "default:built-in", "a built-in tool, and no policy is given");
    private static readonly PolicyDecision UnknownTool = new(
        PolicyEffect.Deny,
        "default:unknown-tool",
        "not a built-in tool, and no policy allows it"
    );
    private static readonly PolicyDecision NoMatch = new(PolicyEffect.Deny, "default:no-match", "no rule of the policy allows this call");

    // Specs live as long as their loops; their compiled rules no longer.
    private static readonly ConditionalWeakTable<PolicySpec, CompiledPolicy> Compiled = [];

    /// <param name="spec">The loop's policy. Null: built-in tools are allowed, others denied.</param>
    /// <param name="workspace">The workspace's own policy: its <c>ask</c> and <c>deny</c> count, its <c>allow</c> never does.</param>
    /// <param name="arguments">As <see cref="ToolArguments.TryParse"/> gave them.</param>
    public static PolicyDecision Decide(PolicySpec? spec, PolicySpec? workspace, string tool, JsonElement arguments)
    {
        var decision = spec is null
            ? (ToolNames.IsOwn(tool) ? BuiltIn : UnknownTool)
            : Strictest(spec, "policy", tool, arguments) ?? NoMatch;
        var tightened = workspace is null ? null : Strictest(workspace, "workspace", tool, arguments);
        return tightened is not null && tightened.Effect > decision.Effect ? tightened : decision;
    }

    private static PolicyDecision? Strictest(PolicySpec policy, string source, string tool, JsonElement arguments)
    {
        var rules = Compiled.GetValue(policy, static policy => new CompiledPolicy(policy)).Rules;
        var best = -1;
        for (var i = 0; i < rules.Count; i++)
        {
            // The effects are declared from the mildest to the strictest.
            if ((best < 0 || rules[i].Effect > rules[best].Effect) && rules[i].Matches(tool, arguments))
            {
                best = i;
            }
        }

        return best < 0 ? null : new PolicyDecision(rules[best].Effect, $"{source}.rules[{best}]", rules[best].Reason);
    }
}
