using System.Text;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

/// <summary>What a reply carried beyond the reference goes back with the history, as it came.</summary>
public class ReplyExtraTests
{
    private const string Extra =
        """{"reasoning_content":"I look \"around\" <first>.","reasoning_details":[{"type":"x","data":"a+/="}],"role":"odd","tool_calls":[{"extra_content":{"google":{"thought_signature":"c2ln"}},"function":{"sig":"s"},"id":"odd"}]}""";

    [Fact]
    public void Build_ReplyWithFurtherFields_SendsThemBack()
    {
        var call = After(Extra).Then<CallModel>();

        ChatCheck.Valid(call);
        Bodies
            .Messages(call)[2]
            .GetRawText()
            .ShouldBe(
                """{"role":"assistant","content":"","reasoning_content":"I look \"around\" <first>.","reasoning_details":[{"type":"x","data":"a+/="}],"tool_calls":[{"id":"call_0","type":"function","function":{"name":"shell","arguments":"{}","sig":"s"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]}"""
            );
    }

    [Fact]
    public void Build_ReadFromALedger_IsTheSameOnceItIsFilled()
    {
        var live = After(Extra);
        var read = LoopFold.Begin(LedgerCodec.Read(live.Lines[0]));
        foreach (var line in live.Lines.Skip(1))
        {
            Encoding.UTF8.GetString(line.Utf8.Span).ShouldNotContain("reasoning");
            read = LoopFold.Apply(read, LedgerCodec.Read(line));
        }

        read.Agents["make"].Conversation.Missing.Single().ShouldBe(Blob(Extra));
        read.Agents["make"].Conversation.Size.ShouldBe(live.State.Agents["make"].Conversation.Size, "it is counted by its length alone");
        var filled = read with
        {
            Agents = read.Agents.Each(a =>
                a with
                {
                    Conversation = a.Conversation.Filled(hash => hash == Blob(Extra).Hash ? Extra : null),
                }
            ),
        };
        ((CallModel)LoopMachine.Next(filled)).Request.RequestHash.ShouldBe(live.Then<CallModel>().Request.RequestHash);
        filled.Agents["make"].Conversation.Missing.ShouldBeEmpty();
    }

    [Fact]
    public void Build_TooLongForTheWindow_KeepsItsTextsClipped()
    {
        var call = After($$$"""{"reasoning_content":"{{{new string('t', 60_000)}}}","signature":{"data":"whole or not at all"}}""")
            .Then<CallModel>();

        ChatCheck.Valid(call);
        var message = Bodies.Messages(call)[2];
        message.GetProperty("reasoning_content").GetString()!.ShouldContain("characters left out");
        message.TryGetProperty("signature", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    public void Build_UnusableFields_AreLeftOut(string extra) => ChatCheck.Valid(After(extra).Then<CallModel>());

    private static BlobRef Blob(string json) =>
        new(LedgerHash.Of(Encoding.UTF8.GetBytes(json)).ToString(), Encoding.UTF8.GetByteCount(json));

    /// <summary>As a driver does: the ledger keeps the hash, the live state the content as well.</summary>
    private static History After(string extra)
    {
        var history = History.InAttempt();
        history.Asked();
        return history.GivenLive(History.Reply(Sample.Call("shell")) with { Extra = Blob(extra), ExtraJson = extra }).Ran("out");
    }
}
