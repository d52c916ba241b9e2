using System.Text;
using LoopCluster.Models.OpenAI.Replies;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>What a message carries beyond the reference, and calls told apart in streams.</summary>
public sealed class ExtraTests
{
    [Theory]
    [InlineData("""{"role":"assistant","content":"x","refusal":null,"annotations":[],"audio":null,"reasoning_content":""}""", null)]
    [InlineData("""{"content":"x","reasoning_content":"hm","reasoning":"hm"}""", """{"reasoning_content":"hm","reasoning":"hm"}""")]
    [InlineData(
        """{"content":"x","reasoning_details":[{"type":"reasoning.encrypted","data":"a+/=","index":0}],"flag":true,"n":1.50}""",
        """{"reasoning_details":[{"type":"reasoning.encrypted","data":"a+/=","index":0}],"flag":true,"n":1.50}"""
    )]
    [InlineData(
        """{"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}","thought_signature":"s"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]}""",
        """{"tool_calls":[{},{"function":{"thought_signature":"s"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]}"""
    )]
    public void Read_FieldsBeyondTheReference_AreKeptAsTheyCame(string message, string? extra) =>
        Whole($$$"""{"choices":[{"message":{{{message}}},"finish_reason":"stop"}]}""").Extra.ShouldBe(extra);

    [Theory]
    [InlineData(
        """{"reasoning_content":"Let me "}|{"reasoning_content":"see."}|{"reasoning_content":null}|{"content":"x"}""",
        """{"reasoning_content":"Let me see."}"""
    )]
    [InlineData(
        """{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"a"}]}|{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"b"}]}|{"reasoning_details":[{"type":"reasoning.text","index":0,"signature":"sig"},{"type":"reasoning.encrypted","index":1,"data":"d"}]}""",
        """{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"ab","signature":"sig"},{"type":"reasoning.encrypted","index":1,"data":"d"}]}"""
    )]
    [InlineData(
        """{"thinking_blocks":[{"type":"thinking","thinking":"a"}]}|{"thinking_blocks":[{"type":"thinking","thinking":"b"}]}""",
        """{"thinking_blocks":[{"type":"thinking","thinking":"a"},{"type":"thinking","thinking":"b"}]}"""
    )]
    [InlineData(
        """{"extra_content":{"google":{"a":"1"}}}|{"extra_content":{"google":{"b":"2"}}}""",
        """{"extra_content":{"google":{"a":"1","b":"2"}}}"""
    )]
    [InlineData("""{"reasoning":"\ud83d"}|{"reasoning":"\ude00"}""", """{"reasoning":"😀"}""")]
    public async Task ReadStream_FieldsInPieces_AreJoined(string deltas, string extra)
    {
        var told = System.Text.Json.Nodes.JsonNode.Parse((await StreamedAsync(deltas.Split('|'))).Extra!)!;
        System.Text.Json.Nodes.JsonNode.DeepEquals(told, System.Text.Json.Nodes.JsonNode.Parse(extra)).ShouldBeTrue(told.ToJsonString());
    }

    [Theory]
    // Ollama, Gemini: every call has the index 0, ids differ.
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]|[{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":2}"}}]""",
        """a f {"x":1}/b f {"x":2}"""
    )]
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]|[{"index":0,"function":{"arguments":":1}"}}]|[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]|[{"index":0,"id":"b","function":{"arguments":""}}]""",
        """a f {"x":1}/b g {}"""
    )]
    // No id at all, one index: a named piece after a whole call is another.
    [InlineData(
        """[{"index":0,"function":{"name":"f","arguments":"{\"x\":1}"}}]|[{"index":0,"function":{"name":"f","arguments":"{\"x\":2}"}}]""",
        """call_0 f {"x":1}/call_1 f {"x":2}"""
    )]
    // Neither index nor id.
    [InlineData(
        """[{"function":{"name":"f","arguments":"{\"x\":"}}]|[{"function":{"arguments":"1}"}}]|[{"function":{"name":"g","arguments":"{}"}}]""",
        """call_0 f {"x":1}/call_1 g {}"""
    )]
    // The same id for two calls with two indexes, and with one.
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"a","function":{"name":"g","arguments":"{}"}}]""",
        "a f {}/a_1 g {}"
    )]
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]|[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":2}"}}]""",
        """a f {"x":1}/a_1 f {"x":2}"""
    )]
    // The id, or the name, with every piece; a new id with every piece; the whole call once more at the end.
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]|[{"index":0,"id":"a","function":{"name":"f","arguments":":1}"}}]""",
        """a f {"x":1}"""
    )]
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]|[{"index":0,"id":"b","function":{"arguments":":1}"}}]""",
        """a f {"x":1}"""
    )]
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]|[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]""",
        """a f {"x":1}"""
    )]
    // Arguments as an object.
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}]|[{"index":0,"id":"b","function":{"name":"f","arguments":{"x":2}}}]""",
        """a f {"x":1}/b f {"x":2}"""
    )]
    // A brace inside a string closes nothing.
    [InlineData(
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"}"}}]|[{"index":0,"id":"a","function":{"name":"f","arguments":"\\\"}\"}"}}]""",
        """a f {"x":"}\"}"}"""
    )]
    public async Task ReadStream_Calls_AreToldApartByIdAndIndex(string pieces, string expected)
    {
        var answer = await StreamedAsync([.. pieces.Split('|').Select(p => $$"""{"tool_calls":{{p}}}""")]);
        string.Join('/', answer.Tools.Select(t => $"{t.Id} {t.Name} {t.Arguments}")).ShouldBe(expected);
    }

    [Fact]
    public void Read_OldFunctionCall_IsACall() =>
        Whole(
            """{"choices":[{"message":{"content":null,"function_call":{"name":"f","arguments":"{\"x\":1}"}},"finish_reason":"function_call"}]}"""
        )
            .Tools.Single()
            .ShouldBe(new Engine.Events.ToolCall("call_0", "f", "{\"x\":1}"));

    [Fact]
    public void Read_Refusal_IsTheText() =>
        Whole("""{"choices":[{"message":{"content":null,"refusal":"I will not."}}]}""").Text.ShouldBe("I will not.");

    private static ModelAnswer Whole(string json)
    {
        var reply = new ReplyBuilder(null);
        ReplyReader.Read(Encoding.UTF8.GetBytes(json), reply);
        return reply.Build(0);
    }

    private static async Task<ModelAnswer> StreamedAsync(string[] deltas)
    {
        var reply = new ReplyBuilder(null);
        var chunks = deltas
            .Select(d => $$"""{"choices":[{"delta":{{d}}}]}""")
            .Append("""{"choices":[{"delta":{},"finish_reason":"stop"}]}""");
        await using var stream = new MemoryStream(Encoding.UTF8.GetBytes(Recorded.Events([.. chunks])));
        await EventStreamReader.ReadAsync(stream, reply, 1 << 20, CancellationToken.None);
        return reply.Build(0);
    }
}
