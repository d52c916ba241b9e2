using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

public class ConversationTests
{
    private const int Window = 4096;

    [Theory]
    [InlineData(1000, 4000, 0.3125)]
    [InlineData(10, 4000, 0.25)]
    [InlineData(9000, 4000, 1.0)]
    public void Calibrated_Bill_SetsTheDensestRatioSeenWithAMargin(long tokens, int bytes, double ratio) =>
        Conversation.Empty.Calibrated(tokens, bytes).TokensPerByte.ShouldBe(ratio);

    [Fact]
    public void Calibrated_ThinnerText_DoesNotLowerTheRatio() =>
        Conversation.Empty.Calibrated(2000, 4000).Calibrated(100, 4000).TokensPerByte.ShouldBe(0.625);

    [Theory]
    [InlineData(0, 100)]
    [InlineData(-5, 100)]
    [InlineData(5, 0)]
    public void Calibrated_NoBill_ChangesNothing(long tokens, int bytes) =>
        Conversation.Empty.Calibrated(tokens, bytes).ShouldBeSameAs(Conversation.Empty);

    [Fact]
    public void With_AboveTheRoom_DropsWholeTurnsDownToHalf()
    {
        var conversation = Conversation.Empty;
        var room = WindowRoom.ForTurns(Window, 0.5);
        var strides = 0;
        for (var i = 0; i < 200; i++)
        {
            conversation = Turn(conversation, i);
            conversation.Size.ShouldBeLessThanOrEqualTo(room);
            conversation.Size.ShouldBe(conversation.Items.Sum(x => x.Size));
            conversation.Items[0].ShouldBeOfType<ReplyItem>();
            if (conversation.Strides > strides)
            {
                strides = conversation.Strides;
                conversation.Size.ShouldBeLessThanOrEqualTo((room / 2) + 1000);
            }
        }

        (conversation.DroppedTurns + conversation.Items.Count(i => i is ReplyItem)).ShouldBe(200);
        strides.ShouldBeLessThan(60, "a stride serves for many turns");
    }

    [Fact]
    public void Shrunk_DropsAtLeastHalfAndCountsAByteAsAToken()
    {
        var conversation = Turn(Turn(Turn(Turn(Conversation.Empty, 0), 1), 2), 3);
        var shrunk = conversation.Shrunk(Room, 10_000);
        shrunk.TokensPerByte.ShouldBe(1.0);
        shrunk.Size.ShouldBeLessThanOrEqualTo(conversation.Size / 2);
    }

    private static ModelRoom Room => new(Window, Window, Window);

    private static Conversation Turn(Conversation conversation, int i) =>
        conversation
            .WithReply(History.Reply(Sample.Call("shell", $"{{\"x\":{i}}}")), ReplyFault.None, Room)
            .WithResult(OutputText.Inline(new string('o', 300)), Room);
}
