using System.Text;
using System.Text.Json;
using LoopCluster.Models.OpenAI.Replies;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>Replies that cost more than they should, or threw. The whole way of hostile replies is in the functional tests.</summary>
public sealed class HostileReplyTests
{
    [Theory]
    [InlineData("""{"\ud800":1,"choices":[{"message":{"content":"x"}}]}""")]
    [InlineData("""{"choices":[{"\udfff":1,"message":{"content":"x"}}]}""")]
    [InlineData("""{"choices":[{"message":{"\ud800":1,"content":"x"}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":[{"\ud800":1,"type":"text","text":"x"}]}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":"x"}}],"usage":{"\ud800":1,"prompt_tokens_details":{"\udc00":1}}}""")]
    [InlineData("""{"object":"\ud800","choices":[{"message":{"content":"x"}}]}""")]
    public void Read_HalfAPairInAName_IsPassedOver(string json) => Read(json).Text.ShouldBe("x");

    [Fact]
    public void Read_HalfAPairInNamesOfACall_CallIsRead()
    {
        var answer = Read(
            """{"choices":[{"message":{"tool_calls":[{"\ud800":1,"id":"a","function":{"\ud800":1,"name":"n","arguments":"{}"}}]}}]}"""
        );

        (answer.Tools.Single().Id, answer.Tools.Single().Name, answer.Tools.Single().Arguments).ShouldBe(("a", "n", "{}"));
    }

    [Fact]
    public void Read_NameWrittenWithEscapes_IsTheSameName() =>
        Read("""{"choices":[{"m\u0065ssage":{"content":"x"}}]}""").Text.ShouldBe("x");

    /// <summary>
    /// Work is counted in bytes that were allocated, which no machine does slower than another: not more than some times what came, however
    /// it is cut up.
    /// </summary>
    [Theory]
    [InlineData("""{"tool_calls":[{"index":0,"function":{"name":"n"}}]}""")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}}]}""")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"n%","arguments":"{\"a\":1"}}]}""")]
    [InlineData("""{"content":"x"}""")]
    [InlineData("""{"reasoning_content":"x"}""")]
    [InlineData("""{"reasoning_details":[{"index":%,"text":"x"}]}""")]
    [InlineData("""{"reasoning_details":[{"index":0,"text":"x"}]}""")]
    [InlineData("""{"k%":{"a":[1]}}""")]
    public void Read_ManyPieces_CostsAsMuchAsTheyAreLong(string delta)
    {
        var chunks = Enumerable
            .Range(0, 20_000)
            .Select(i => Encoding.UTF8.GetBytes("""{"choices":[{"delta":""" + delta.Replace("%", $"{i}", StringComparison.Ordinal) + "}]}"))
            .ToList();
        var reply = new ReplyBuilder(null);
        var before = GC.GetAllocatedBytesForCurrentThread();

        foreach (var chunk in chunks)
        {
            ReplyReader.Read(chunk, reply);
        }

        reply.Build(0).ShouldNotBeNull();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100L * chunks.Sum(c => c.Length));
    }

    [Fact]
    public void Read_LongCallSentAgainAndAgain_IsOneCallAndCostsNoCopiesOfIt()
    {
        var arguments = JsonSerializer.Serialize($$"""{"content":"{{new string('x', 1_000_000)}}"}""");
        var first = Encoding.UTF8.GetBytes(
            """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"n","arguments":""" + arguments + "}}]}}]}"
        );
        var again = """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"n","arguments":" "}}]}}]}"""u8.ToArray();
        var reply = new ReplyBuilder(null);
        ReplyReader.Read(first, reply);
        ReplyReader.Read(again, reply);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 2_000; i++)
        {
            ReplyReader.Read(again, reply);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000_000);
        reply.Build(0).Tools.Count.ShouldBe(1);
    }

    [Fact]
    public void Read_EntriesOfAThoughtInPieces_AreJoinedByTheirPlace()
    {
        var reply = new ReplyBuilder(null);
        foreach (
            var entry in (string[])
                [
                    """{"index":0,"text":"a"}""",
                    """{"index":7,"text":"b"}""",
                    """{"text":"c"}""",
                    """{"index":7,"text":"d"}""",
                    """{"index":0,"text":"e"}""",
                ]
        )
        {
            ReplyReader.Read(Encoding.UTF8.GetBytes("""{"choices":[{"delta":{"reasoning_details":[""" + entry + "]}}]}"), reply);
        }

        reply.Build(0).Extra.ShouldBe("""{"reasoning_details":[{"index":0,"text":"ae"},{"index":7,"text":"bd"},{"text":"c"}]}""");
    }

    private static ModelAnswer Read(string json)
    {
        var reply = new ReplyBuilder(null);
        ReplyReader.Read(Encoding.UTF8.GetBytes(json), reply);
        return reply.Build(0);
    }
}
