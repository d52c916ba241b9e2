using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public sealed class DeliveryMessageTests
{
    [Theory]
    [InlineData("Make it green.", "Make it green.\n\nLoop: loop-1\n")]
    [InlineData("Make it green.\n\nAnd fast.", "Make it green.\n\nAnd fast.\n\nLoop: loop-1\n")]
    [InlineData(
        "\n Make it green.\r\nIn two lines.\n\n- and\n- more\n",
        "Make it green.\n\nIn two lines.\n\n- and\n- more\n\nLoop: loop-1\n"
    )]
    [InlineData("Make it green.\n\nMake it green.", "Make it green.\n\nMake it green.\n\nLoop: loop-1\n")]
    [InlineData("a\u001b[31mred", "a [31mred\n\nLoop: loop-1\n")]
    public void Write_Goal_IsSubjectAndBody(string goal, string start)
    {
        var state = History.InAttempt(Sample.Spec() with { Goal = goal }).Claims("t1").Gate(GateOutcome.Passed).State;

        var message = DeliveryMessage.Write(state, Sample.Hash("proof"));

        message.ShouldStartWith(start);
        message.ShouldEndWith($"Proof: sha256:{Sample.Hash("proof")}\nGate: tests (exit code 0)\n");
    }

    [Fact]
    public void Write_LongGoal_CutsTheSubjectAtAWholeCharacter()
    {
        var state = History
            .InAttempt(Sample.Spec() with { Goal = new string('x', 70) + "\ud83d\ude00 and more words" })
            .Claims("t1")
            .Gate(GateOutcome.Passed)
            .State;

        DeliveryMessage.Write(state, Sample.Hash("proof")).Split('\n')[0].ShouldBe(new string('x', 70) + "…");
    }

    [Fact]
    public void Write_FirstLineWasCut_IsWholeInTheBody()
    {
        var goal = new string('x', 80) + "\nand more";
        var state = History.InAttempt(Sample.Spec() with { Goal = goal }).Claims("t1").Gate(GateOutcome.Passed).State;

        DeliveryMessage.Write(state, Sample.Hash("proof")).ShouldStartWith($"{new string('x', 71)}…\n\n{goal}\n\nLoop: loop-1\n");
    }
}
