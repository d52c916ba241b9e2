using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Policy;

/// <summary>What the policy says about one call.</summary>
/// <param name="Rule">Id of the rule that decided: <c>policy.rules[2]</c>, <c>workspace.rules[0]</c> or <c>default:...</c>.</param>
/// <param name="Reason">For the model and the audit log, without the arguments.</param>
public sealed record PolicyDecision(PolicyEffect Effect, string Rule, string Reason);
