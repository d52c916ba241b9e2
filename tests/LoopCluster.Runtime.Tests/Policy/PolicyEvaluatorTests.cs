using System.Text.Json;
using LoopCluster.Engine.Policy;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Policy;

namespace LoopCluster.Runtime.Tests.Policy;

public sealed class PolicyEvaluatorTests
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    [Theory]
    [InlineData("shell", PolicyEffect.Allow, "default:built-in")]
    [InlineData("done", PolicyEffect.Allow, "default:built-in")]
    [InlineData("files__read", PolicyEffect.Deny, "default:unknown-tool")]
    [InlineData("Shell", PolicyEffect.Deny, "default:unknown-tool")]
    public void Decide_WithoutPolicy_AllowsOnlyBuiltInTools(string tool, PolicyEffect effect, string rule)
    {
        var decision = PolicyEvaluator.Decide(null, null, tool, Nothing);

        (decision.Effect, decision.Rule).ShouldBe((effect, rule));
    }

    [Fact]
    public void Decide_NothingMatches_Denies()
    {
        PolicyEvaluator
            .Decide(Rules(("read_*", PolicyEffect.Allow)), null, "shell", Nothing)
            .ShouldSatisfyAllConditions(
                decision => decision.Effect.ShouldBe(PolicyEffect.Deny),
                decision => decision.Rule.ShouldBe("default:no-match")
            );
        PolicyEvaluator.Decide(new PolicySpec(), null, "done", Nothing).Effect.ShouldBe(PolicyEffect.Deny);
    }

    [Theory]
    [InlineData(PolicyEffect.Allow, PolicyEffect.Ask, PolicyEffect.Ask, 1)]
    [InlineData(PolicyEffect.Deny, PolicyEffect.Allow, PolicyEffect.Deny, 0)]
    [InlineData(PolicyEffect.Ask, PolicyEffect.Deny, PolicyEffect.Deny, 1)]
    [InlineData(PolicyEffect.Allow, PolicyEffect.Allow, PolicyEffect.Allow, 0)]
    public void Decide_SeveralRulesMatch_TheStrictestWinsWhateverTheOrder(
        PolicyEffect first,
        PolicyEffect second,
        PolicyEffect expected,
        int rule
    )
    {
        var decision = PolicyEvaluator.Decide(Rules(("*", first), ("sh?ll", second)), null, "shell", Nothing);

        (decision.Effect, decision.Rule).ShouldBe((expected, $"policy.rules[{rule}]"));
    }

    [Theory]
    [InlineData(PolicyEffect.Deny, PolicyEffect.Allow, PolicyEffect.Deny, "policy.rules[0]")]
    [InlineData(PolicyEffect.Ask, PolicyEffect.Allow, PolicyEffect.Ask, "policy.rules[0]")]
    [InlineData(PolicyEffect.Allow, PolicyEffect.Ask, PolicyEffect.Ask, "workspace.rules[0]")]
    [InlineData(PolicyEffect.Allow, PolicyEffect.Deny, PolicyEffect.Deny, "workspace.rules[0]")]
    [InlineData(PolicyEffect.Deny, PolicyEffect.Deny, PolicyEffect.Deny, "policy.rules[0]")]
    public void Decide_WorkspacePolicy_OnlyTightens(PolicyEffect spec, PolicyEffect workspace, PolicyEffect expected, string rule)
    {
        var decision = PolicyEvaluator.Decide(Rules(("*", spec)), Rules(("*", workspace)), "shell", Nothing);

        (decision.Effect, decision.Rule).ShouldBe((expected, rule));
    }

    [Fact]
    public void Decide_WorkspacePolicyWithoutMatch_LeavesTheDecision()
    {
        PolicyEvaluator.Decide(null, Rules(("shell", PolicyEffect.Deny)), "read_file", Nothing).Rule.ShouldBe("default:built-in");
        PolicyEvaluator.Decide(null, Rules(("*", PolicyEffect.Allow)), "server__tool", Nothing).Rule.ShouldBe("default:unknown-tool");
    }

    [Theory]
    [InlineData("^git (status|diff)$", """{"command": "git status"}""", true)]
    [InlineData("^git (status|diff)$", """{"command": "git status; id"}""", false)]
    [InlineData("^git .*$", """{"command": "git status\nid"}""", false)]
    [InlineData("curl", """{"command": "\u0063url x"}""", true)]
    [InlineData("curl", """{"command": "CURL x"}""", false)]
    [InlineData("curl", """{"other": "curl"}""", false)]
    [InlineData("curl", """{"command": null}""", false)]
    [InlineData("^true$", """{"command": true}""", true)]
    [InlineData("""^\{"a":"curl"\}$""", """{"command": { "a" :  "\u0063url" } }""", true)]
    public void Decide_ArgumentPattern_IsMatchedOnTheArgumentsText(string pattern, string arguments, bool matches)
    {
        var policy = new PolicySpec { Rules = [Rule("shell", PolicyEffect.Allow, ("command", pattern))] };

        PolicyEvaluator
            .Decide(policy, null, "shell", JsonElement.Parse(arguments))
            .Effect.ShouldBe(matches ? PolicyEffect.Allow : PolicyEffect.Deny);
    }

    [Fact]
    public void Decide_SeveralArgumentPatterns_AllMustMatch()
    {
        var policy = new PolicySpec { Rules = [Rule("write_file", PolicyEffect.Allow, ("path", "^src/"), ("content", "^#"))] };

        PolicyEvaluator
            .Decide(policy, null, "write_file", JsonElement.Parse("""{"path": "src/a", "content": "# x"}"""))
            .Effect.ShouldBe(PolicyEffect.Allow);
        PolicyEvaluator
            .Decide(policy, null, "write_file", JsonElement.Parse("""{"path": "src/a", "content": "x"}"""))
            .Effect.ShouldBe(PolicyEffect.Deny);
    }

    [Theory]
    [InlineData(PolicyEffect.Allow, PolicyEffect.Deny, "default:no-match")]
    [InlineData(PolicyEffect.Ask, PolicyEffect.Ask, "policy.rules[0]")]
    [InlineData(PolicyEffect.Deny, PolicyEffect.Deny, "policy.rules[0]")]
    public void Decide_PatternThatCannotBeBuilt_FailsClosed(PolicyEffect effect, PolicyEffect expected, string rule)
    {
        var policy = new PolicySpec { Rules = [Rule("shell", effect, ("command", "("))] };

        var decision = PolicyEvaluator.Decide(policy, null, "shell", JsonElement.Parse("""{"command": "ls"}"""));

        (decision.Effect, decision.Rule).ShouldBe((expected, rule));
    }

    [Fact]
    public void Decide_Reason_DoesNotRepeatArguments()
    {
        var policy = new PolicySpec { Rules = [Rule("shell", PolicyEffect.Deny, ("command", "hunter2"))] };

        PolicyEvaluator
            .Decide(policy, null, "shell", JsonElement.Parse("""{"command": "echo hunter2"}"""))
            .Reason.ShouldNotContain("hunter2");
    }

    private static PolicySpec Rules(params (string Tool, PolicyEffect Effect)[] rules) =>
        new() { Rules = [.. rules.Select(rule => Rule(rule.Tool, rule.Effect))] };

    private static PolicyRule Rule(string tool, PolicyEffect effect, params (string Name, string Pattern)[] arguments) =>
        new()
        {
            Tool = tool,
            Effect = effect,
            Arguments = arguments.ToDictionary(argument => argument.Name, argument => argument.Pattern),
        };
}
