using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Tools;

public class ToolAdmissionTests
{
    [Fact]
    public void Admit_BuiltInToolWithoutAPolicy_RunsWithParsedArgumentsUnderItsClass()
    {
        var run = Next(Sample.Spec(), Sample.Call("shell", "{\"x\":\"ls\"}")).ShouldBeOfType<RunTool>();

        run.Request.ShouldBe(
            new ToolRequested
            {
                Call = "call_0",
                Tool = "shell",
                Class = EffectClass.Workspace,
                Rule = "default:built-in",
                ReservedSeconds = 120,
            }
        );
        run.Intent.ShouldBeSameAs(run.Request);
        run.Arguments.GetProperty("x").GetString().ShouldBe("ls");
    }

    [Fact]
    public void Admit_SandboxThatReachesOut_IsExternal() =>
        Next(Sample.Reaching(), Sample.Call("shell")).ShouldBeOfType<RunTool>().Request.Class.ShouldBe(EffectClass.External);

    [Fact]
    public void Admit_ToolWithoutASandbox_KeepsItsClassWhateverTheSandboxReaches()
    {
        var request = Next(Sample.Reaching(), Sample.Call("write_file")).ShouldBeOfType<RunTool>().Request;
        (request.Class, request.ReservedSeconds).ShouldBe((EffectClass.Workspace, 0.0));
    }

    [Fact]
    public void Admit_LessSandboxTimeLeftThanACallMayTake_HoldsBackWhatIsLeft() =>
        Next(Sample.Spec() with { Budget = new BudgetLimits { SandboxSeconds = 21 } }, Sample.Call("shell"))
            .ShouldBeOfType<RunTool>()
            .Request.ReservedSeconds.ShouldBe(20);

    [Fact]
    public void Admit_ToolNobodyHas_IsRefusedWithANearName()
    {
        var refused = Refusal(Sample.Spec(), Sample.Call("shel"));
        refused.Outcome.ShouldBe(ToolOutcome.Error);
        refused.Output.Text.ShouldBe("there is no tool 'shel'; did you mean 'shell'? Tools: shell, write_file, read_file, note, done");
    }

    [Fact]
    public void Admit_NameWithControlCharacters_IsNotRepeated() =>
        Refusal(Sample.Spec(), Sample.Call("bash\u001b[2J")).Output.Text.ShouldNotBeNull().ShouldStartWith("there is no tool of that name");

    [Fact]
    public void Admit_ArgumentsThatDoNotFit_IsRefusedWithAnExample()
    {
        var refused = Refusal(Sample.Spec(), Sample.Call("shell", "{\"x\":[]}"));
        refused.Outcome.ShouldBe(ToolOutcome.Error);
        refused.Output.Text.ShouldNotBeNull().ShouldStartWith("shell: argument 'x' must be");
    }

    [Fact]
    public void Admit_DeniedByARule_NamesItInTheRefusal()
    {
        var spec = Sample.Spec() with { Policy = Sample.Policy(("*", PolicyEffect.Allow), ("shell", PolicyEffect.Deny)) };
        var refused = Refusal(spec, Sample.Call("shell"));
        (refused.Outcome, refused.Rule).ShouldBe((ToolOutcome.Denied, "policy.rules[1]"));
        refused.Output.Text.ShouldNotBeNull().ShouldStartWith("the policy denies this call (policy.rules[1])");
    }

    [Fact]
    public void Admit_WorkspacePolicyTightens_Wins()
    {
        var imported = Sample.Imported with { WorkspacePolicy = Sample.Policy(("shell", PolicyEffect.Deny)) };
        var history = History.InAttempt(Sample.Created(Sample.Spec()), imported);
        history.Asked();
        LoopMachine
            .Next(history.Given(History.Reply(Sample.Call("shell"))).State)
            .ShouldBeOfType<Record>()
            .Intent.ShouldBeOfType<ToolCompleted>()
            .Rule.ShouldBe("workspace.rules[0]");
    }

    [Fact]
    public void Admit_RuleThatAsks_AsksAboutExactlyThisCallAndTree()
    {
        var asked = Next(Sample.Asking(), Sample.Call("shell", "{\"x\":\"rm\"}"))
            .ShouldBeOfType<Record>()
            .Intent.ShouldBeOfType<ApprovalAsked>();
        asked.ShouldBe(
            new ApprovalAsked
            {
                Kind = ApprovalKind.Tool,
                Call = "call_0",
                Tool = "shell",
                Arguments = "{\"x\":\"rm\"}",
                Tree = Sample.BaseTree,
                Rule = "policy.rules[1]",
            }
        );
    }

    [Theory]
    [InlineData("call_9", "shell", "{\"x\":\"rm\"}", Sample.BaseTree)]
    [InlineData("call_0", "note", "{\"x\":\"rm\"}", Sample.BaseTree)]
    [InlineData("call_0", "shell", "{\"x\": \"rm\"}", Sample.BaseTree)]
    [InlineData("call_0", "shell", "{\"x\":\"rm\"}", "other-tree")]
    public void Admit_GrantOfAnythingElse_AsksAgain(string call, string tool, string arguments, string tree)
    {
        var state = ExecuteState(Sample.Asking(), Sample.Call("shell", "{\"x\":\"rm\"}"));
        var asked = new ApprovalAsked
        {
            Kind = ApprovalKind.Tool,
            Call = call,
            Tool = tool,
            Arguments = arguments,
            Tree = tree,
        };
        LoopMachine
            .Next(state with { Grant = new PendingApproval(5, asked) })
            .ShouldBeOfType<Record>()
            .Intent.ShouldBeOfType<ApprovalAsked>();
    }

    [Fact]
    public void Admit_Granted_NamesTheQuestion()
    {
        var history = Loops.ExecuteTests.Asked();
        var question = history.State.Approval!.Seq;
        history.Given(new ApprovalGiven("s", question, "ann", true, null)).Then<RunTool>().Request.Approval.ShouldBe(question);
    }

    private static ToolCompleted Refusal(LoopSpec spec, ToolCall call) =>
        Next(spec, call).ShouldBeOfType<Record>().Intent.ShouldBeOfType<ToolCompleted>();

    private static LoopEffect Next(LoopSpec spec, ToolCall call) => Next(Sample.Created(spec), call);

    private static LoopEffect Next(LoopCreated created, ToolCall call) => LoopMachine.Next(ExecuteState(created, call));

    private static LoopState ExecuteState(LoopSpec spec, ToolCall call) => ExecuteState(Sample.Created(spec), call);

    private static LoopState ExecuteState(LoopCreated created, ToolCall call)
    {
        var history = History.InAttempt(created);
        history.Asked();
        return history.Given(History.Reply(call)).State;
    }
}
