using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public class FailureSignatureTests
{
    [Theory]
    [InlineData("3 failed in 0.12s", "14 failed in 122.9s")]
    [InlineData("object at 0x7f3a1c", "object at 0x12")]
    [InlineData("a\n  b", "a b")]
    [InlineData("a\r\nb", "a\nb")]
    public void Of_WhatChangesFromRunToRun_IsFolded(string one, string other) => Of(one).ShouldBe(Of(other));

    [Theory]
    [InlineData("SyntaxError", "NameError")]
    [InlineData("test_a failed", "test_b failed")]
    public void Of_AnotherFailure_IsAnother(string one, string other) => Of(one).ShouldNotBe(Of(other));

    [Fact]
    public void Of_OtherExitCodeOrOutcomeOrGate_IsAnother()
    {
        var gate = Gate(OutputText.Inline("x"));
        string[] signatures =
        [
            FailureSignature.Of(gate),
            FailureSignature.Of(gate with { ExitCode = 2 }),
            FailureSignature.Of(gate with { Outcome = GateOutcome.Timeout }),
            FailureSignature.Of(gate with { Gate = "b" }),
        ];
        signatures.ShouldBeUnique();
    }

    [Fact]
    public void Of_LongOutputCutElsewhere_IsTheSame()
    {
        var one = new OutputText
        {
            Bytes = 20_000,
            Blob = Sample.Blob("a"),
            Head = "took 1.5s\nline one\nline t",
            Tail = "st line\nFAILED\n",
        };
        var other = new OutputText
        {
            Bytes = 20_003,
            Blob = Sample.Blob("b"),
            Head = "took 17.25s\nline one\nlin",
            Tail = "last line\nFAILED\n",
        };
        FailureSignature.Of(Gate(one)).ShouldBe(FailureSignature.Of(Gate(other)));
    }

    private static string Of(string output) => FailureSignature.Of(Gate(OutputText.Inline(output)));

    private static GateCompleted Gate(OutputText output) =>
        History.Completed(
            new GateStarted
            {
                Gate = "a",
                Phase = GatePhase.Verify,
                Tree = "t",
                Run = 1,
                Try = 1,
                ReservedSeconds = 1,
            },
            GateOutcome.Failed
        ) with
        {
            Output = output,
        };
}
