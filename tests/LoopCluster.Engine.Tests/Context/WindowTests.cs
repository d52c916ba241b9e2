using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

/// <summary>Requests fill the window once the endpoint has billed some, and are never above it.</summary>
public class WindowTests
{
    [Theory]
    [InlineData(32_768, 1200, "four")]
    [InlineData(32_768, 4000, "four")]
    [InlineData(32_768, 8000, "four")]
    [InlineData(131_072, 8000, "four")]
    [InlineData(16_384, 2000, "four")]
    [InlineData(32_768, 2000, "pieces")]
    [InlineData(131_072, 8000, "pieces")]
    [InlineData(32_768, 400, "byte")]
    [InlineData(32_768, 1500, "byte")]
    [InlineData(131_072, 6000, "byte")]
    public void Turns_Long_FillTheWindowAndAreNeverAboveIt(int window, int output, string tokenizer)
    {
        var rig = new WindowRig(
            window,
            tokenizer switch
            {
                "four" => Tokenizers.FourBytes,
                "byte" => Tokenizers.Bytes,
                _ => Tokenizers.Pieces,
            }
        );
        while (rig.History.State.Agents["make"].Conversation.Strides < 3)
        {
            rig.Turn(
                "I look at the next file.",
                $"cat file{rig.Turns}.py",
                rig.Turns % 2 == 0 ? SampleTexts.Listing(output, rig.Turns) : SampleTexts.Prose(output, rig.Turns)
            );
            rig.Turns.ShouldBeLessThan(5000);
        }

        rig.Refused.ShouldBe(0);
        rig.Fills.Max().ShouldBeInRange(0.85, 0.99);
    }
}
