using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Every ceiling of the budget, and every rule for being stuck.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [SkippableFact]
    public async Task Sandbox_AsksForMoreThanTheServerAllows_IsRefusedAndLeavesNoLoop()
    {
        Shell.Sandbox.Caps = SandboxCaps.None with { Memory = 1L << 30 };

        var refused = await Should.ThrowAsync<BadInputException>(() => StartAsync(Spec($"[ {Write("42")} ]", "sandbox: { memory: 2g }")));

        (refused.Code, refused.Faults.Single().Path).ShouldBe(("sandbox-limit", "sandbox.memory"));
        refused.Faults.Single().Message.ShouldStartWith("asks for 2048m, this server allows at most 1024m");
        (await RunAsync(Spec($"[ {Write("42")} ]", "sandbox: { memory: 1g }"))).Status.ShouldBe(LoopStatus.Verified);
    }

    [SkippableFact]
    public async Task Budget_Attempts_HaltsAfterThem()
    {
        var state = await RunAsync(
            Spec($"[ {Write("1")}, {Write("2")}, {Write("42")} ]", "budget: { attempts: 2 }\nstuck: { sameError: 9 }")
        );

        state.Status.ShouldBe(LoopStatus.BudgetExhausted);
        ExitCodes.For(state.Status).ShouldBe(ExitCodes.BudgetExhausted);
        state.FailedAttempts.Count.ShouldBe(2);
        state.StopReason.ShouldNotBeNull().ShouldStartWith("attempts");
    }

    [SkippableFact]
    public async Task Budget_Turns_HaltsAfterThem()
    {
        var state = await RunAsync(Spec($"[ {Run("say 1")}, {Run("say 2")}, {Write("42")} ]", "budget: { turns: 2 }"));

        (state.Status, state.Spend.Turns).ShouldBe((LoopStatus.BudgetExhausted, 2));
        state.StopReason.ShouldNotBeNull().ShouldStartWith("turns");
    }

    [SkippableFact]
    public async Task Budget_Tokens_HaltsBeforeTheCallThatCouldPassThem()
    {
        var reply = "{ usage: { in: 3000, out: 100 }, " + Run("say 1")[1..];

        var state = await RunAsync(Spec($"[ {reply}, {Write("42")} ]", "budget: { tokens: 7000 }"));

        state.Status.ShouldBe(LoopStatus.BudgetExhausted);
        state.Spend.Tokens.ShouldBe(3100);
        state.StopReason.ShouldNotBeNull().ShouldStartWith("tokens");
    }

    [SkippableFact]
    public async Task Budget_Cost_HaltsBeforeTheCallThatCouldPassIt()
    {
        var reply = "{ usage: { in: 2000, out: 1000 }, " + Run("say 1")[1..];
        var spec = Spec($"[ {reply}, {Write("42")} ]", "budget: { cost: 0.05 }");
        spec = spec with
        {
            Models = new SortedDictionary<string, ModelSpec>
            {
                ["make"] = spec.Models["make"] with
                {
                    Price = new ModelPrice { In = 1, Out = 40 },
                },
            },
        };

        var state = await RunAsync(spec);

        state.Status.ShouldBe(LoopStatus.BudgetExhausted);
        state.Spend.Cost.ShouldBe(0.042m);
        state.StopReason.ShouldNotBeNull().ShouldStartWith("cost");
    }

    [SkippableFact]
    public async Task Budget_SandboxSeconds_HaltsWhenTheyAreUsed()
    {
        var state = await RunAsync(Spec($"[ {Run("slow 5")}, {Write("42")} ]", "budget: { sandboxSeconds: 5 }"));

        state.Status.ShouldBe(LoopStatus.BudgetExhausted);
        state.Spend.SandboxSeconds.ShouldBeLessThanOrEqualTo(5);
        state.StopReason.ShouldNotBeNull().ShouldStartWith("sandboxSeconds");
    }

    [SkippableFact]
    public async Task Budget_Deadline_CutsOffWhatRuns()
    {
        // A deadline that a busy machine's first command comes too late for cuts off nothing: then the next one is longer.
        foreach (var deadline in new[] { "2s", "8s", "25s" })
        {
            var state = await RunAsync(Spec($"[ {Run("hold")}, {Write("42")} ]", $"budget: {{ deadline: {deadline} }}"));

            state.Status.ShouldBe(LoopStatus.BudgetExhausted);
            state.StopReason.ShouldNotBeNull().ShouldStartWith("deadline");
            if (Shell.Held.IsCompleted)
            {
                return;
            }
        }

        Shell.Held.IsCompleted.ShouldBeTrue("the command was never reached");
    }

    [SkippableFact]
    public async Task Stuck_SameActionSameObservation_Stops()
    {
        var again = "{ repeat: 9, " + Run("say the same")[1..];

        var state = await RunAsync(Spec($"[ {again} ]"));

        (state.Status, state.Spend.Turns).ShouldBe((LoopStatus.Stuck, 4));
        ExitCodes.For(state.Status).ShouldBe(ExitCodes.Stuck);
    }

    [SkippableFact]
    public async Task Stuck_TwoStatesAlternate_Stops()
    {
        var pair = $"{Run("say one")}, {Run("say two")}";

        var state = await RunAsync(Spec($"[ {pair}, {pair}, {pair}, {pair} ]"));

        (state.Status, state.Spend.Turns).ShouldBe((LoopStatus.Stuck, 6));
    }

    [SkippableFact]
    public async Task Stuck_SameErrorThreeTimes_Stops()
    {
        var state = await RunAsync(Spec($"[ {Write("1")}, {Write("2")}, {Write("3")}, {Write("42")} ]"));

        (state.Status, state.FailedAttempts.Count).ShouldBe((LoopStatus.Stuck, 3));
    }

    [SkippableFact]
    public async Task Stuck_AttemptEndsOnTheFilesOfAFailedOne_Stops()
    {
        var state = await RunAsync(Spec($"[ {Write("1")}, {Write("2")}, {Write("1")}, {Write("42")} ]", "stuck: { sameError: 9 }"));

        state.Status.ShouldBe(LoopStatus.Stuck);
        state.StopReason.ShouldNotBeNull().ShouldContain("same files");
    }
}
