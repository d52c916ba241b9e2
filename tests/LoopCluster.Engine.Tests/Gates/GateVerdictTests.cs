using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public class GateVerdictTests
{
    [Theory]
    [InlineData(0, null, null, GateOutcome.Passed)]
    [InlineData(0, "[0-9]+ tests", true, GateOutcome.Passed)]
    [InlineData(0, "[0-9]+ tests", false, GateOutcome.NoEvidence)]
    [InlineData(0, "[0-9]+ tests", null, GateOutcome.NoEvidence)]
    [InlineData(1, "[0-9]+ tests", true, GateOutcome.Failed)]
    [InlineData(1, null, null, GateOutcome.Failed)]
    [InlineData(124, null, null, GateOutcome.Failed)]
    [InlineData(125, null, null, GateOutcome.NotRun)]
    [InlineData(126, null, null, GateOutcome.NotRun)]
    [InlineData(127, null, null, GateOutcome.NotRun)]
    [InlineData(128, null, null, GateOutcome.Failed)]
    [InlineData(-1, null, null, GateOutcome.Failed)]
    public void Of_CommandThatExited_FailsClosed(int exitCode, string? evidence, bool? shown, GateOutcome outcome) =>
        GateVerdict
            .Of(Sample.Gate("g") with { Evidence = evidence }, GatePhase.Verify, Run(exitCode) with { Evidence = shown })
            .ShouldBe(outcome);

    [Theory]
    [InlineData(RunEnd.TimedOut, GateOutcome.Timeout)]
    [InlineData(RunEnd.OutOfMemory, GateOutcome.OutOfMemory)]
    [InlineData(RunEnd.CutOff, GateOutcome.Aborted)]
    [InlineData(RunEnd.Unavailable, GateOutcome.Unavailable)]
    [InlineData(RunEnd.NotBegun, GateOutcome.Unavailable)]
    [InlineData(RunEnd.Exited, GateOutcome.Unavailable)]
    public void Of_NoExitCode_IsNeverAPass(RunEnd end, GateOutcome outcome) =>
        GateVerdict.Of(Sample.Gate("g"), GatePhase.Verify, Run(null) with { End = end }).ShouldBe(outcome);

    [Fact]
    public void Of_WhatSteersOrHasNoPlace_CountsBeforeTheExitCode()
    {
        GateVerdict.Of(Sample.Gate("g"), GatePhase.Verify, Run(0) with { Steering = ["conftest.py"] }).ShouldBe(GateOutcome.Steered);
        GateVerdict.Of(Sample.Gate("g"), GatePhase.Verify, Run(0) with { Blocked = ["venv"] }).ShouldBe(GateOutcome.Failed);
    }

    [Fact]
    public void Of_CommandStillToBeWritten_IsRedOnTheBaseOnly()
    {
        GateVerdict.Of(Sample.Gate("g"), GatePhase.Baseline, Run(127) with { Unwritten = true }).ShouldBe(GateOutcome.Failed);
        GateVerdict.Of(Sample.Gate("g"), GatePhase.Verify, Run(127) with { Unwritten = true }).ShouldBe(GateOutcome.NotRun);
    }

    private static GateRun Run(int? exitCode) =>
        new()
        {
            End = RunEnd.Exited,
            ExitCode = exitCode,
            Output = OutputText.Inline(""),
        };
}
