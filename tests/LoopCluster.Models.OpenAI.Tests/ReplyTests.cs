using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Models.OpenAI.Replies;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>Reading replies: what servers do beyond the reference.</summary>
public sealed class ReplyTests
{
    private const int Limit = 1 << 20;

    [Theory]
    [InlineData(
        """{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"image_url"},{"type":"text","text":"b"}]}}]}""",
        "ab"
    )]
    [InlineData("""{"choices":[{"message":{"content":[{"type":"thinking","text":"hm"},{"text":"b"}]}}]}""", "b")]
    [InlineData("""{"choices":[{"message":{"content":{"odd":1}}}]}""", "")]
    [InlineData("""{"choices":[{"message":{}}]}""", "")]
    [InlineData("""{"choices":[{"message":null}]}""", "")]
    [InlineData("""{"error":null,"choices":[{"message":{"content":"first"}},{"message":{"content":"second"}}]}""", "first")]
    [InlineData("""{"choices":[{"message":{"content":"\ud83d broken \udc00"}}]}""", "\uFFFD broken \uFFFD")]
    [InlineData("""{"choices":[{"message":{"content":"\ud83d\ude00 \\ \n \/ \ud83d"}}]}""", "😀 \\ \n / \uFFFD")]
    [InlineData("""{"choices":[{"message":{"content":"x","content":"y"}}]}""", "xy")]
    public void Read_OddContent_IsText(string json, string text) => Whole(json).Text.ShouldBe(text);

    [Fact]
    public void Read_InvalidUtf8_IsReplaced()
    {
        byte[] json = [.. """{"choices":[{"message":{"content":"a"""u8, 0xff, .. "\"}}]}"u8];
        var reply = new ReplyBuilder(null);
        ReplyReader.Read(json, reply);
        reply.Build(0).Text.ShouldBe("a\uFFFD");
    }

    [Theory]
    [InlineData(
        """[{"function":{"name":"a","arguments":"{}"}},{"id":"","function":{"name":"b","arguments":"{}"}}]""",
        "call_0 a {}|call_1 b {}"
    )]
    [InlineData("""[{"id":null,"function":{"name":"a","arguments":{"x": [1, "ü"]}}}]""", "call_0 a {\"x\": [1, \"ü\"]}")]
    [InlineData(
        """[{"id":"same","function":{"name":"a","arguments":"1"}},{"id":"same","function":{"name":"b","arguments":"2"}}]""",
        "same a 1|same_1 b 2"
    )]
    [InlineData(
        """[{"id":"x","function":{"name":"a","arguments":""}},{"id":"y","function":{"name":"b"}},{"id":"z","function":{"name":"c","arguments":null}}]""",
        "x a {}|y b {}|z c {}"
    )]
    [InlineData("""[{"id":"x","function":{"name":"a","arguments":"{\"cut"}}]""", "x a {\"cut")]
    [InlineData("""[{"id":"x","type":"function","function":null},1]""", "x  {}")]
    [InlineData("""[{"id":7,"function":{"name":8,"arguments":"{}"}}]""", "call_0  {}")]
    public void Read_OddToolCalls_HaveIdsAndArguments(string calls, string expected)
    {
        var answer = Whole($$$"""{"choices":[{"message":{"tool_calls":{{{calls}}}},"finish_reason":"stop"}]}""");
        string.Join('|', answer.Tools.Select(tool => $"{tool.Id} {tool.Name} {tool.Arguments}")).ShouldBe(expected);
        answer.Finish.ShouldBe(ReplyFinish.ToolCalls);
    }

    [Theory]
    [InlineData("\"stop\"", ReplyFinish.Stop)]
    [InlineData("\"length\"", ReplyFinish.Length)]
    [InlineData("\"content_filter\"", ReplyFinish.ContentFilter)]
    [InlineData("\"tool_calls\"", ReplyFinish.Stop)]
    [InlineData("\"eos_token\"", ReplyFinish.Stop)]
    [InlineData("null", ReplyFinish.Stop)]
    [InlineData("{}", ReplyFinish.Stop)]
    public void Read_FinishWithoutCalls_IsMapped(string finish, ReplyFinish expected) =>
        Whole($$$"""{"choices":[{"message":{"content":"x"},"finish_reason":{{{finish}}}}]}""").Finish.ShouldBe(expected);

    [Fact]
    public void Read_CallsCutByLength_StayCut() =>
        Whole("""{"choices":[{"message":{"tool_calls":[{"function":{"name":"a","arguments":"{"}}]},"finish_reason":"length"}]}""")
            .Finish.ShouldBe(ReplyFinish.Length);

    [Theory]
    [InlineData("""{"prompt_tokens":5,"completion_tokens":2}""", 5, 2, 0)]
    [InlineData("""{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":9}}""", 5, 2, 9)]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":null,"x":{}}}""", 0, 0, 0)]
    public void Read_Usage_IsTaken(string usage, int tokensIn, int tokensOut, int cached) =>
        Whole(WithUsage(usage)).Usage.ShouldBe(new Usage(tokensIn, tokensOut, cached));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("""{"prompt_tokens":5}""")]
    [InlineData("""{"prompt_tokens":-5,"completion_tokens":2}""")]
    [InlineData("""{"prompt_tokens":1.5,"completion_tokens":2}""")]
    [InlineData("""{"prompt_tokens":99999999999999999999,"completion_tokens":2}""")]
    [InlineData("""{"prompt_tokens":9223372036854775807,"completion_tokens":2}""")]
    [InlineData("""{"prompt_tokens":"5","completion_tokens":2}""")]
    public void Read_UnusableUsage_IsNone(string usage) => Whole(WithUsage(usage)).Usage.ShouldBeNull();

    [Theory]
    [InlineData("\n\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("\n: keep-alive\nevent: x\n\n")]
    public async Task ReadStream_AnySplit_GivesTheSame(string lineEnd)
    {
        foreach (var row in Recorded.Streamed)
        {
            var bytes = Encoding.UTF8.GetBytes(Recorded.Events((string[])row[1], lineEnd));
            var whole = await StreamedAsync(bytes, bytes.Length);
            foreach (var size in new[] { 1, 2, 3, 7, 64, 1000 })
            {
                var split = await StreamedAsync(bytes, size);
                split.Tools.ShouldBe(whole.Tools);
                (split with { Tools = [] }).ShouldBe(whole with { Tools = [] });
            }
        }
    }

    [Fact]
    public async Task ReadStream_CutAnywhereBeforeTheFinish_IsBroken()
    {
        var chunks = (string[])Recorded.Streamed.First()[1];
        var bytes = Encoding.UTF8.GetBytes(Recorded.Events(chunks));
        var finish = Encoding.UTF8.GetString(bytes).IndexOf("\"finish_reason\":\"stop\"}]}", StringComparison.Ordinal);
        for (var length = 0; length < Encoding.UTF8.GetByteCount(Encoding.UTF8.GetString(bytes)[..finish]); length++)
        {
            await Should.ThrowAsync<BrokenReplyException>(() => StreamedAsync(bytes[..length], 64));
        }
    }

    [Fact]
    public async Task ReadStream_EndsAfterFinishWithoutDone_IsWhole()
    {
        var answer = await StreamedAsync(
            Encoding.UTF8.GetBytes(Recorded.Events((string[])Recorded.Streamed.First()[1], last: "").TrimEnd()),
            64
        );
        answer.Text.ShouldBe("Grüße 😀");
        answer.Usage.ShouldBe(new Usage(9, 3, 8));
    }

    [Theory]
    [InlineData(
        """{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"1"}}]}}]}|{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"2"}}]}}]}|{"choices":[{"delta":{"tool_calls":[{"id":"b","function":{"name":"g","arguments":"3"}}]},"finish_reason":"stop"}]}""",
        "a f 12|b g 3"
    )]
    [InlineData(
        """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1"}}]}}]}|{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"2"}}]},"finish_reason":"tool_calls"}]}""",
        "a f 12"
    )]
    [InlineData(
        """{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}},{"index":0,"id":"a","function":{"name":"f"}}]},"finish_reason":"stop"}]}""",
        "a f {}|b g {}"
    )]
    [InlineData(
        """{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"stop"}]}""",
        "b g {}"
    )]
    [InlineData(
        """{"choices":[{"delta":{"content":"\ud83d"}}]}|{"choices":[{"delta":{"content":"\ude00","tool_calls":[{"index":0,"function":{"name":"f"}}]},"finish_reason":"stop"}]}""",
        "call_0 f {}"
    )]
    public async Task ReadStream_OddDeltas_AreGathered(string chunks, string expected)
    {
        var answer = await StreamedAsync(Encoding.UTF8.GetBytes(Recorded.Events(chunks.Split('|'))), 64);
        string.Join('|', answer.Tools.Select(tool => $"{tool.Id} {tool.Name} {tool.Arguments}")).ShouldBe(expected);
        answer.Text.ShouldBeOneOf("", "😀");
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":1024,"function":{}}]}}]}""")]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":-1,"function":{}}]}}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":"x"}""")]
    [InlineData("not json")]
    public async Task ReadStream_BadChunk_IsBroken(string chunk) =>
        await Should.ThrowAsync<BrokenReplyException>(() => StreamedAsync(Encoding.UTF8.GetBytes(Recorded.Events([chunk])), 64));

    [Fact]
    public async Task ReadStream_Empty_IsBroken()
    {
        await Should.ThrowAsync<BrokenReplyException>(() => StreamedAsync("data: [DONE]\n\n"u8.ToArray(), 64));
        await Should.ThrowAsync<BrokenReplyException>(() => StreamedAsync([], 64));
    }

    [Fact]
    public async Task ReadStream_TooLong_IsBroken()
    {
        var bytes = new byte[Limit + 1];
        Array.Fill(bytes, (byte)'x');
        (await Should.ThrowAsync<BrokenReplyException>(() => StreamedAsync(bytes, 8192))).Message.ShouldContain("longer than");
    }

    [Fact]
    public async Task ReadStream_ErrorInIt_IsReported() =>
        (
            await Should.ThrowAsync<ReportedErrorException>(() =>
                StreamedAsync("""data: {"error":{"message":"out of memory"}}"""u8.ToArray(), 64)
            )
        ).Json.ShouldContain("out of memory");

    [Fact]
    public async Task ReadStream_Text_IsToldAsItArrives()
    {
        var told = new List<string>();
        await StreamedAsync(Encoding.UTF8.GetBytes(Recorded.Events((string[])Recorded.Streamed.First()[1])), 64, told.Add);
        told.ShouldBe(["Grüße ", "😀"]);
    }

    [Fact]
    public void Read_MutatedReplies_NeverThrowAnythingElse()
    {
        var random = new Random(20261120);
        var bases = Recorded.Whole.Select(row => Encoding.UTF8.GetBytes((string)row[1])).ToArray();
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = bases[random.Next(bases.Length)].ToArray();
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"{}[]:,\"\\u0n1t"[random.Next(13)];
            }

            try
            {
                var reply = new ReplyBuilder(null);
                ReplyReader.Read(bytes, reply);
                var answer = reply.Build(0);
                // What is read can be written to a ledger.
                new UTF8Encoding(false, true)
                    .GetByteCount(answer.Text + string.Concat(answer.Tools.Select(t => t.Id + t.Name + t.Arguments)))
                    .ShouldBeGreaterThanOrEqualTo(0);
                read++;
            }
            catch (Exception fault) when (fault is BrokenReplyException or ReportedErrorException)
            {
                fault.Message.ShouldNotBeEmpty();
            }
        }

        read.ShouldBeInRange(1, 19_999);
    }

    private static string WithUsage(string usage) => $$$"""{"choices":[{"message":{"content":"x"}}],"usage":{{{usage}}}}""";

    private static ModelAnswer Whole(string json)
    {
        var reply = new ReplyBuilder(null);
        ReplyReader.Read(Encoding.UTF8.GetBytes(json), reply);
        return reply.Build(0);
    }

    private static async Task<ModelAnswer> StreamedAsync(byte[] bytes, int size, Action<string>? onText = null)
    {
        var reply = new ReplyBuilder(onText);
        await using var stream = new SplitStream(bytes, size);
        await EventStreamReader.ReadAsync(stream, reply, Limit, CancellationToken.None);
        return reply.Build(0);
    }

    /// <summary>Gives at most <paramref name="size"/> bytes a read, as a network may.</summary>
    private sealed class SplitStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
