using System.ClientModel;
using System.ClientModel.Primitives;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Endpoints;
using OpenAI;
using OpenAI.Chat;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>The official package as the judge: it reads what our client reads, and it understands our server.</summary>
public sealed class OracleTests
{
    private const string Script = """
        replies:
          - text: "Grüße 😀, I look around first and say so at some length."
            tools:
              - { name: shell, arguments: { command: "ls -la | grep \"ü\"" } }
              - { name: read_file, arguments: { path: src/a.py, start: 1 } }
            usage: { in: 120, out: 34 }
          - when: "exit code 1"
            tools: [{ name: shell, arguments: { command: make } }]
          - text: half a
            finish: length
          - text: All done.
        """;

    [Theory]
    [MemberData(nameof(Recorded.Whole), MemberType = typeof(Recorded))]
    public async Task SendAsync_RecordedReply_IsReadAsTheOfficialPackageDoes(string name, string json)
    {
        await using var server = RawServer.Answering(200, json, "Content-Type: application/json\r\n");
        await using var services = Call.Services();

        var ours = await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url)));
        var theirs = await Chat(server.Url).CompleteChatAsync([new UserChatMessage("x")]);

        ShouldEqual(ours, Answer(theirs.Value), name);
    }

    [Theory]
    [MemberData(nameof(Recorded.Streamed), MemberType = typeof(Recorded))]
    public async Task SendAsync_RecordedStream_IsReadAsTheOfficialPackageDoes(string name, string[] chunks)
    {
        await using var server = new RawServer(exchange =>
            exchange.SayAndCloseAsync(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + Recorded.Events(chunks)
            )
        );
        await using var services = Call.Services();

        var ours = await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url, stream: true)));
        var theirs = await StreamAsync(Chat(server.Url), [new UserChatMessage("x")]);

        ShouldEqual(ours, theirs, name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CompleteChat_OfficialPackageAgainstOurServer_WalksTheScript(bool stream)
    {
        await using var server = await ScriptFile.ServeAsync(Script);
        var chat = Chat(server.Url);
        var messages = new List<ChatMessage> { new SystemChatMessage("rules"), new UserChatMessage("goal") };
        async Task<ModelAnswer> AskAsync() =>
            stream ? await StreamAsync(chat, messages) : Answer((await chat.CompleteChatAsync(messages)).Value);

        var first = await AskAsync();
        first.Text.ShouldBe("Grüße 😀, I look around first and say so at some length.");
        first.Tools.ShouldBe([
            new ToolCall("call_0_0", "shell", """{"command":"ls -la | grep \"ü\""}"""),
            new ToolCall("call_0_1", "read_file", """{"path":"src/a.py","start":1}"""),
        ]);
        first.Finish.ShouldBe(ReplyFinish.ToolCalls);
        first.Usage.ShouldBe(new Usage(120, 34));

        messages.Add(
            new AssistantChatMessage(
                first.Tools.Select(t => ChatToolCall.CreateFunctionToolCall(t.Id, t.Name, BinaryData.FromString(t.Arguments)))
            )
        );
        messages.Add(new ToolChatMessage("call_0_0", "exit code 1"));
        messages.Add(new ToolChatMessage("call_0_1", "text"));
        var second = await AskAsync();
        second.Text.ShouldBe("half a");
        second.Finish.ShouldBe(ReplyFinish.Length);

        messages.Add(new AssistantChatMessage("half a"));
        messages.Add(new UserChatMessage("go on"));
        var third = await AskAsync();
        third.Text.ShouldBe("All done.");
        third.Finish.ShouldBe(ReplyFinish.Stop);
        third.Usage.ShouldNotBeNull().In.ShouldBeGreaterThan(0);

        messages.Add(new AssistantChatMessage("All done."));
        var end = await Should.ThrowAsync<ClientResultException>(AskAsync);
        end.Status.ShouldBe(503);
        server.Calls.ShouldBe(3);
    }

    private static ChatClient Chat(Uri url) =>
        new(
            "m",
            new ApiKeyCredential("none"),
            new OpenAIClientOptions { Endpoint = url, RetryPolicy = new ClientRetryPolicy(maxRetries: 0) }
        );

    private static void ShouldEqual(ModelAnswer ours, ModelAnswer theirs, string name)
    {
        ours.Text.ShouldBe(theirs.Text, name);
        ours.Tools.ShouldBe(theirs.Tools, name);
        ours.Finish.ShouldBe(theirs.Finish, name);
        ours.Usage.ShouldBe(theirs.Usage, name);
    }

    private static ModelAnswer Answer(ChatCompletion reply) =>
        new(
            string.Concat(reply.Content.Select(part => part.Text)),
            reply.ToolCalls.Select(call => new ToolCall(call.Id, call.FunctionName, call.FunctionArguments.ToString())).ToArray(),
            Finish(reply.FinishReason),
            UsageOf(reply.Usage)
        );

    private static async Task<ModelAnswer> StreamAsync(ChatClient chat, IEnumerable<ChatMessage> messages)
    {
        var text = "";
        var finish = ReplyFinish.Stop;
        ChatTokenUsage? usage = null;
        var calls = new SortedDictionary<int, ToolCall>();
        await foreach (var update in chat.CompleteChatStreamingAsync(messages))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish = update.FinishReason is { } reason ? Finish(reason) : finish;
            usage = update.Usage ?? usage;
            foreach (var piece in update.ToolCallUpdates)
            {
                var call = calls.GetValueOrDefault(piece.Index) ?? new ToolCall("", "", "");
                calls[piece.Index] = new ToolCall(
                    call.Id + piece.ToolCallId,
                    call.Name + piece.FunctionName,
                    call.Arguments + piece.FunctionArgumentsUpdate?.ToString()
                );
            }
        }

        return new ModelAnswer(text, calls.Values.ToArray(), finish, UsageOf(usage));
    }

    private static Usage? UsageOf(ChatTokenUsage? usage) =>
        usage is null ? null : new Usage(usage.InputTokenCount, usage.OutputTokenCount, usage.InputTokenDetails?.CachedTokenCount ?? 0);

    private static ReplyFinish Finish(ChatFinishReason reason) =>
        reason switch
        {
            ChatFinishReason.ToolCalls => ReplyFinish.ToolCalls,
            ChatFinishReason.Length => ReplyFinish.Length,
            ChatFinishReason.ContentFilter => ReplyFinish.ContentFilter,
            _ => ReplyFinish.Stop,
        };
}
