using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;

namespace LoopCluster.TestKit.Hosts;

/// <summary>How loops end, and what never becomes one.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [SkippableFact]
    public async Task Run_GatePassesAtOnce_IsVerifiedWithAProof()
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]"));

        state.Status.ShouldBe(LoopStatus.Verified);
        state.Attempt.ShouldBe(1);
        state.Verified!.Tree.ShouldBe(state.GateResults["answer"].Tree);
        state.Verified.Proof.Bytes.ShouldBeGreaterThan(0);
        state.Baseline["answer"].Outcome.ShouldBe(GateOutcome.Failed);
    }

    [SkippableFact]
    public async Task Run_GateFailsFirst_NextAttemptSeesTheRawOutputAndMendsIt()
    {
        // The second reply only fits a message that holds what the gate said.
        var fix = Write("42").Insert(1, " when: \"AssertionError: answer.txt lacks 42\",");

        var state = await RunAsync(Spec($"[ {Write("41")}, {fix} ]"));

        (state.Status, state.Attempt).ShouldBe((LoopStatus.Verified, 2));
        state.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("AssertionError: answer.txt lacks 42");
    }

    [SkippableFact]
    public async Task Run_OnALocalRepository_DeliversABranchAndLeavesTheCheckoutAlone()
    {
        var repository = Files.Repository("repo", ("readme.txt", "hello\n"));

        var state = await RunAsync(Spec($"[ {Write("42")} ]", workspace: $"{{ path: {repository} }}"));

        var branch = state.Verified!.Branch.ShouldNotBeNull();
        TestFiles.Git(repository, "show", $"{branch}:answer.txt").ShouldBe("42");
        TestFiles.Git(repository, "rev-parse", "HEAD").ShouldBe(TestFiles.Git(repository, "rev-parse", $"{branch}~1"));
        TestFiles.Git(repository, "status", "--porcelain").ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Run_GateIsAFileTheMakerIsToWrite_IsAnHonestRed()
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]", "budget: { attempts: 1 }", "[ { name: own, run: ./solve 42 } ]"));

        (state.Baseline["own"].Outcome, state.Baseline["own"].ExitCode, state.Baseline["own"].Missing).ShouldBe(
            (GateOutcome.Failed, 127, null)
        );
        state.Attempt.ShouldBe(1);
        state.GateResults["own"].Outcome.ShouldBe(GateOutcome.NotRun);
    }

    [SkippableTheory]
    [InlineData("frobnicate 42", "frobnicate is missing in the sandbox")]
    [InlineData("./check.sh 42", "./check.sh is missing in the sandbox")]
    public async Task Run_GateNeedsWhatTheMakerIsNotToWrite_StopsBeforeAToken(string run, string reason)
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]", gates: $"[ {{ name: own, run: {run} }} ]"));

        (state.Status, state.Spend.Turns).ShouldBe((LoopStatus.GateUnavailable, 0));
        state.StopReason.ShouldNotBeNull().ShouldContain(reason);
    }

    [SkippableFact]
    public async Task Run_ProtectedFileIsChanged_GateSeesTheBaseOne()
    {
        const string Gates = "[ { name: answer, run: has answer.txt 42, protect: [answer.txt] } ]";

        var state = await RunAsync(Spec($"[ {Write("42")}, {Write("42 again")} ]", "budget: { attempts: 2 }", Gates));

        state.Status.ShouldNotBe(LoopStatus.Verified);
        state.GateResults["answer"].Restored.ShouldBe(["answer.txt"]);
    }

    [SkippableFact]
    public async Task Run_GateGreenOnBase_IsRejectedBeforeAnyModelCall()
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]", gates: "[ { name: answer, run: has readme.txt hello } ]"));

        state.Status.ShouldBe(LoopStatus.Rejected);
        ExitCodes.For(state.Status).ShouldBe(ExitCodes.BadInput);
        state.Spend.Turns.ShouldBe(0);
        state.StopReason.ShouldNotBeNull().ShouldContain("baseline: pass");
    }

    [SkippableFact]
    public async Task Run_GateDeclaredToPassFailsOnBase_IsRejected()
    {
        var state = await RunAsync(
            Spec(
                $"[ {Write("42")} ]",
                gates: "[ { name: guard, run: has nothing.txt x, baseline: pass }, { name: answer, run: has answer.txt 42 } ]"
            )
        );

        (state.Status, state.Spend.Turns).ShouldBe((LoopStatus.Rejected, 0));
    }

    [SkippableTheory]
    [InlineData("no-such-command")]
    [InlineData("exit 125")]
    [InlineData("timeout")]
    public async Task Run_GateCannotStart_IsGateUnavailableBeforeAnyModelCall(string command)
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]", gates: $"[ {{ name: answer, run: {command} }} ]"));

        state.Status.ShouldBe(LoopStatus.GateUnavailable);
        ExitCodes.For(state.Status).ShouldBe(ExitCodes.GateUnavailable);
        state.Spend.Turns.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Run_PassWithoutItsEvidence_IsNoPass()
    {
        var state = await RunAsync(
            Spec(
                $"[ {Write("42")} ]",
                "budget: { attempts: 1 }",
                gates: "[ { name: answer, run: has answer.txt 42, evidence: \"[0-9]+ tests ran\" } ]"
            )
        );

        state.Status.ShouldBe(LoopStatus.BudgetExhausted);
        state.Baseline["answer"].Outcome.ShouldBe(Engine.Events.GateOutcome.Failed, "on the base it need not match");
        state.GateResults["answer"].Outcome.ShouldBe(Engine.Events.GateOutcome.NoEvidence);
    }

    [SkippableFact]
    public async Task Run_ChangeOutsideWhatIsAllowed_FailsTheAttempt()
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]", "changes: { allow: [\"src/**\"] }\nbudget: { attempts: 1 }"));

        state.Status.ShouldBe(LoopStatus.BudgetExhausted);
        state.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("answer.txt");
        state.GateResults.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Run_ScriptEnds_ModelIsUnavailable()
    {
        await ReopenAsync(new SwiftTime());

        var state = await RunAsync(Spec($"[ {Write("41")} ]"));

        state.Status.ShouldBe(LoopStatus.Unavailable);
        state.StopReason.ShouldNotBeNull().ShouldContain("script");
    }

    [SkippableFact]
    public async Task Run_UnreachableEndpoint_IsParkedAndNothingIsBilled()
    {
        await ReopenAsync(new SwiftTime());
        var spec = SpecFile.Parse(
            """
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: "hello\n" } }
            model: { url: "http://127.0.0.1:1/v1", model: nobody }
            gates: [ { name: answer, run: has answer.txt 42 } ]
            outage: 2s
            """,
            SpecOrigin.File(Files.Root)
        );

        var state = await RunAsync(spec);

        state.Status.ShouldBe(LoopStatus.Parked);
        ExitCodes.For(state.Status).ShouldBe(ExitCodes.Unavailable);
        (state.Spend.Tokens, state.Spend.Cost).ShouldBe((0, 0m));
    }

    [SkippableFact]
    public async Task Start_UnknownModel_IsBadInputAndNoLoopExists()
    {
        var spec = SpecFile.Parse(
            """
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: "hello\n" } }
            model: no-such-model
            gates: [ { name: answer, run: has answer.txt 42 } ]
            """,
            SpecOrigin.File(Files.Root)
        );

        var error = await Should.ThrowAsync<BadInputException>(() => StartAsync(spec));

        error.Code.ShouldBe("unknown-model");
        (await Host.ListAsync(Patient).ToListAsync(Patient)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Start_UnreadableRepository_IsBadInputAndNoLoopExists()
    {
        var error = await Should.ThrowAsync<BadInputException>(() =>
            StartAsync(Spec($"[ {Write("42")} ]", workspace: "{ path: no-such-directory }"))
        );

        error.Code.ShouldBe("workspace-unreadable");
        (await Host.ListAsync(Patient).ToListAsync(Patient)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Start_RefThatIsNotThere_StopsBeforeAnythingIsRun()
    {
        Files.Repository("shop", ("readme.txt", "hello\n"));

        var state = await RunAsync(Spec($"[ {Write("42")} ]", workspace: "{ path: shop, ref: v9 }"));

        state.Status.ShouldBe(LoopStatus.Rejected);
        state.StopReason.ShouldNotBeNull().ShouldStartWith("workspace.ref: ");
        (state.ImportFailure!.Code, state.Spend.SandboxSeconds).ShouldBe(("workspace-unreadable", 0));
        Shell.Sandbox.Calls.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Start_IdThatExists_IsRefusedAndTheLoopIsUntouched()
    {
        var first = await RunAsync(Spec($"[ {Write("42")} ]"));

        await Should.ThrowAsync<LoopClusterException>(async () =>
            await Host.StartAsync(new StartLoop("tests", Spec($"[ {Write("1")} ]"), first.Id), Patient)
        );

        (await Host.GetAsync(first.Id, Patient))!.State.Head.ShouldBe(first.Head);
    }

    [SkippableFact]
    public async Task Run_ManyLoopsAtOnce_EachEndsOnItsOwnFiles()
    {
        var loops = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StartAsync(Spec($"[ {Write("42")} ]"))));

        foreach (var loop in loops)
        {
            (await RestAsync(loop)).Status.ShouldBe(LoopStatus.Verified);
        }

        (await Host.ListAsync(Patient).ToListAsync(Patient)).Select(l => l.Id).ShouldBe(loops, ignoreOrder: true);
    }
}
