using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

public class PromptCountTests
{
    [Fact]
    public void Next_NothingBilled_BytesAndReplyAreWithinTheWindow()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 })));
        for (var i = 0; i < 40; i++)
        {
            var call = history.Asked();
            (call.Body.Length + call.Request.MaxTokens).ShouldBeLessThanOrEqualTo(8192);
            history
                .Given(History.Reply(Sample.Call("shell", $"{{\"x\":{i}}}")) with { Assumed = true })
                .Decide()
                .Ran(SampleTexts.Prose(900, i));
        }

        history.State.Agents["make"].Conversation.Strides.ShouldBeGreaterThan(2);
    }

    [Fact]
    public void Apply_Bills_WeighEachTurn()
    {
        var history = History.InAttempt();
        foreach (var bill in (int[])[1000, 1400, 1900])
        {
            history.Asked();
            history
                .Given(History.Reply(Sample.Call("shell", $"{{\"x\":{bill}}}")) with { Usage = new Usage(bill, 10) })
                .Decide()
                .Ran(SampleTexts.Prose(1500, bill));
        }

        var conversation = history.State.Agents["make"].Conversation;
        conversation.Items.OfType<ReplyItem>().Take(2).Select(r => r.Tokens).ShouldBe([400, 500]);
        conversation.Count.Head.ShouldBe(1000);
        conversation.Count.Base.ShouldBe(1900);
        conversation.Count.Since.ShouldBe(conversation.Items.Skip(4).Sum(i => i.Tokens));
        conversation.Count.Prompt.ShouldNotBeNull().ShouldBeInRange(1900 + 400, 1900 + 1500);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(700)]
    public void Apply_BillThatCannotBeTheWhole_IsNotBelieved(int bill)
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(History.Reply(Sample.Call("shell")) with { Usage = new Usage(1000, 10) }).Decide().Ran(SampleTexts.Prose(8000, 1));
        var before = history.State.Agents["make"].Conversation.Count;
        history.Asked();
        history.Given(History.Reply(Sample.Call("shell")) with { Usage = new Usage(bill, 10) }).Decide();
        history
            .State.Agents["make"]
            .Conversation.Count.Base.ShouldBe(before.Base, "it is fewer than a cached or lost part of the same prompt had");
    }

    [Fact]
    public void Apply_RefusedAsTooLong_BytesBoundItAgain()
    {
        var rig = new WindowRig(16_384, Tokenizers.Pieces) { Bill = tokens => new Usage(Math.Max(1, tokens / 3), 20) };
        while (rig.Refused == 0)
        {
            rig.Turn("", "x", SampleTexts.Numbers(2000, rig.Turns));
        }

        var state = rig.History.State;
        state.Agents["make"].Conversation.Count.Density.Margin.ShouldBeGreaterThanOrEqualTo(250);
        state.Agents["make"].Conversation.Ceiling.ShouldNotBeNull();
        rig.Refused.ShouldBe(1, "the next try is served");
    }

    [Fact]
    public void Next_NearTheWindow_AsksForAShorterReplyAndMakesRoomWhenOneIsCutOff()
    {
        var rig = new WindowRig(16_384, Tokenizers.FourBytes);
        while (rig.History.Then<CallModel>().Request.MaxTokens > 2000)
        {
            rig.Turn("", "x", SampleTexts.Prose(1500, rig.Turns));
        }

        rig.History.State.Agents["make"].Conversation.Strides.ShouldBe(0);
        rig.Says("It goes on and", ReplyFinish.Length);
        rig.History.State.Agents["make"].Conversation.Strides.ShouldBe(1);
        rig.History.Then<CallModel>().Request.MaxTokens.ShouldBe(4096);
    }

    [Fact]
    public void Next_TurnThatAloneIsTooLong_IsClippedAndItsBillIsNotTheConversations()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 })));
        history.Replied([.. Enumerable.Range(0, 12).Select(i => Sample.Call("read_file", $"{{\"x\":{i}}}", $"c{i}"))]);
        for (var i = 0; i < 12; i++)
        {
            history.Ran(SampleTexts.Numbers(3000, i));
        }

        history.Asked().Request.Clipped.ShouldNotBeNull();
        history.Given(History.Reply(Sample.Call("shell")) with { Usage = new Usage(5000, 10) });
        history.State.Agents["make"].Conversation.Count.Billed.ShouldBeFalse();
        history
            .State.Agents["make"]
            .Conversation.Count.Base.ShouldNotBeNull()
            .ShouldBeLessThan(2000, "the turn went, and what is left was billed before it");
    }

    [Fact]
    public void Fork_OfALoop_KeepsTheCount()
    {
        var rig = new WindowRig(16_384, Tokenizers.Pieces);
        for (var i = 0; i < 6; i++)
        {
            rig.Turn("", "x", SampleTexts.Prose(1500, i));
        }

        var fork = History.ForkOf(rig.History.State);
        var call = fork.Then<CallModel>();
        Tokenizers.Count(call.Body, Tokenizers.Pieces, 4).ShouldBeInRange(1000, fork.State.Agents["make"].Conversation.Count.Prompt!.Value);
    }
}
