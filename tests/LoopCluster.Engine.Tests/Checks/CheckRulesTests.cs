using System.Text;
using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Checks;

public sealed class CheckRulesTests
{
    private static readonly Duration Patience = Duration.FromMinutes(30);
    private static readonly WorkspaceFacts Clean = new()
    {
        Commit = "0123456789abcdef",
        Files = 2,
        Repository = "/home/me/shop",
    };

    [Theory]
    [InlineData(null, "not set")]
    [InlineData("", "not set")]
    [InlineData(" \n", "not set")]
    [InlineData("two words", "characters that no key has")]
    [InlineData("kéy", "characters that no key has")]
    [InlineData("sk-1\n", null)]
    public void Fault_Key_IsTheBareValue(string? value, string? fault)
    {
        var found = KeyRules.Fault("MY_KEY", value);

        (found is null).ShouldBe(fault is null);
        found?.ShouldContain(fault!);
        found?.ShouldContain("MY_KEY");
        found?.ShouldNotContain("two words");
    }

    [Fact]
    public void Key_Fault_IsWhatARunWouldEndOn()
    {
        var bad = CheckRules.Key(Sample.Model, "MY_KEY", "is not set");

        (bad.Health, bad.ExitCode).ShouldBe((CheckHealth.Bad, 7));
        bad.Todo.ShouldNotBeNull().ShouldContain("export MY_KEY=");
        CheckRules.Key(Sample.Model, "MY_KEY", null).Health.ShouldBe(CheckHealth.Good);
    }

    [Theory]
    [InlineData(null, CheckHealth.Good, 0)]
    [InlineData(ModelFailureKind.RateLimited, CheckHealth.Weak, 0)]
    [InlineData(ModelFailureKind.Overloaded, CheckHealth.Weak, 0)]
    [InlineData(ModelFailureKind.ContextLength, CheckHealth.Weak, 0)]
    [InlineData(ModelFailureKind.Refused, CheckHealth.Bad, 7)]
    [InlineData(ModelFailureKind.Unreachable, CheckHealth.Bad, 7)]
    [InlineData(ModelFailureKind.Timeout, CheckHealth.Bad, 7)]
    [InlineData(ModelFailureKind.ServerError, CheckHealth.Bad, 7)]
    [InlineData(ModelFailureKind.BrokenReply, CheckHealth.Bad, 7)]
    public void Endpoint_Answer_IsJudgedAsALoopWouldFare(ModelFailureKind? failure, CheckHealth health, int exitCode)
    {
        var found = CheckRules.Endpoint(Sample.Model, failure, "what it said", new Usage(3, 1), Patience);

        (found.Name, found.Health, found.ExitCode).ShouldBe(("endpoint", health, exitCode));
        found.Detail.ShouldContain("http://localhost/v1");
        (failure is null || found.Detail.Contains("what it said", StringComparison.Ordinal)).ShouldBeTrue(found.Detail);
        (found.Todo is null).ShouldBe(health == CheckHealth.Good);
    }

    [Theory]
    [InlineData("branch-in-the-way", "branch")]
    [InlineData("price-missing", "price")]
    [InlineData("unknown-model", "model")]
    [InlineData("sandbox-limit", "sandbox")]
    [InlineData("workspace-unreadable", "workspace")]
    public void Refused_Code_NamesWhatWasLookedAt(string code, string name)
    {
        var found = CheckRules.Refused(code, [new InputFault("a.b", "why")]).ShouldHaveSingleItem();

        (found.Name, found.Health, found.ExitCode, found.Code, found.Path, found.Detail).ShouldBe(
            (name, CheckHealth.Bad, 2, code, "a.b", "a.b: why")
        );
    }

    [Fact]
    public void Workspace_AllCommitted_IsGood() =>
        CheckRules
            .Workspace(Clean with { IsShallow = true })
            .Select(f => (f.Name, f.Health))
            .ShouldBe([("workspace", CheckHealth.Good), ("branch", CheckHealth.Good), ("clone", CheckHealth.Good)]);

    [Fact]
    public void Workspace_WhatIsLeftOut_IsNamedWithWhatToDo()
    {
        var facts = Clean with
        {
            Changed = ["a", "b", "c", "d", "e", "f", "g"],
            Untracked = ["new/"],
            Submodules = ["lib"],
            LfsPointers = ["model.bin"],
        };

        var found = CheckRules.Workspace(facts).Where(f => f.Health == CheckHealth.Weak).ToDictionary(f => f.Name);

        found.Keys.ShouldBe(["uncommitted", "submodules", "lfs"], ignoreOrder: true);
        found["uncommitted"].Detail.ShouldBe("not committed, and so not in the loop's files: changed a, b, c, d, e and 2 more; new new/");
        found["uncommitted"].Todo.ShouldNotBeNull().ShouldContain("git -C '/home/me/shop' add -A");
        found["submodules"].Detail.ShouldEndWith(": lib");
        found["lfs"].Detail.ShouldEndWith(": model.bin");
        CheckRules.Verdict([.. CheckRules.Workspace(facts)]).ShouldBeNull();
    }

    [Fact]
    public void Workspace_NotCompared_IsSaid() =>
        CheckRules
            .Workspace(Clean with { NotCompared = "denied" })
            .Single(f => f.Name == "uncommitted")
            .ShouldSatisfyAllConditions(f => f.Health.ShouldBe(CheckHealth.Weak), f => f.Detail.ShouldEndWith("could not be told: denied"));

    [Fact]
    public void Workspace_NoRepository_HasNoBranchToLookAt() =>
        CheckRules.Workspace(Clean with { Repository = null }).ShouldHaveSingleItem().Name.ShouldBe("workspace");

    [Fact]
    public void Gates_WhereTheLoopStands_IsTheFinding()
    {
        var fit = CheckRules.Gates(History.Of(Sample.Spec()).Prepared().Gate(GateOutcome.Failed).State);
        var green = History.Of(Sample.Spec()).Prepared().Gate(GateOutcome.Passed);
        green.ThenStopped(Engine.Loops.LoopStatus.Rejected, "already passes");

        (fit.Name, fit.Health).ShouldBe(("gates", CheckHealth.Good));
        var found = CheckRules.Gates(green.State);
        (found.Name, found.Health, found.ExitCode).ShouldBe(("gates", CheckHealth.Bad, 2));
    }

    [Fact]
    public void Write_Probe_IsOneTokenInTheModelsDialect()
    {
        var dialect = new ModelDialect { Temperature = 0.5, ExtraBody = System.Text.Json.JsonElement.Parse("""{"a":1}""") };

        Encoding
            .UTF8.GetString(ModelProbe.Write(Sample.Model, dialect).Span)
            .ShouldBe("""{"model":"maker-1","messages":[{"role":"user","content":"Say ok."}],"max_tokens":1,"temperature":0.5,"a":1}""");
        var learned = ModelProbe.Learn(dialect, new RejectedParameter("max_tokens")).ShouldNotBeNull();
        Encoding.UTF8.GetString(ModelProbe.Write(Sample.Model, learned).Span).ShouldContain("\"max_completion_tokens\":1");
        ModelProbe.Learn(dialect, new RejectedParameter("nothing-we-sent")).ShouldBeNull();
    }
}
