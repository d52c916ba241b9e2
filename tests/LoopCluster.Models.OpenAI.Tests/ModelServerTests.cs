using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Models.OpenAI.Server;

namespace LoopCluster.Models.OpenAI.Tests;

public sealed class ModelServerTests
{
    private const string Script = """
        replies:
          - text: I write it.
            tools: [{ name: write_file, arguments: { path: a.py, content: "print('ü')\n" } }]
          - when: SyntaxError
            text: I mend it.
            tools: [{ name: write_file, arguments: '{"path": cut' }, { name: shell }]
            usage: { in: 7, out: 3 }
          - text: Done.
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SendAsync_ToServer_EqualsTheEmbeddedScript(bool stream)
    {
        var blobs = new MemoryBlobs();
        var script = await blobs.PutAsync(System.Text.Encoding.UTF8.GetBytes(Script), default);
        await using var services = Call.Services(blobs: blobs);
        await using var server = await ScriptFile.ServeAsync(Script);
        (string, string)[][] turns =
        [
            [("user", "goal")],
            [("user", "goal"), ("assistant", ""), ("tool", "SyntaxError: x")],
            [("user", "goal"), ("assistant", ""), ("tool", "fine")],
        ];
        for (var turn = 0; turn < turns.Length; turn++)
        {
            var body = Call.Body(stream, 512, turns[turn]);
            var remote = await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url, stream: stream), body, turn));
            var embedded = await services.Scripted().AnswerAsync(Call.To(Call.Binding(script), body, turn));

            remote.Tools.ShouldBe(embedded.Tools);
            (remote with { Tools = [] }).ShouldBe(embedded with { Tools = [] });
        }

        server.Calls.ShouldBe(3);
    }

    [Fact]
    public async Task Post_WithoutTurnHeader_FindsItsPlaceInTheConversation()
    {
        await using var server = await ScriptFile.ServeAsync(Script);
        using var http = new HttpClient();
        async Task<string?> AskAsync(params (string, string)[] messages)
        {
            var content = new ByteArrayContent(Call.Body(messages: messages));
            var reply = await http.PostAsync(new Uri($"{server.Url}/chat/completions"), content);
            var json = await reply.Content.ReadFromJsonAsync<JsonElement>();
            return reply.IsSuccessStatusCode
                ? json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()
                : json.GetProperty("error").GetProperty("code").GetString();
        }

        (await AskAsync(("user", "goal"))).ShouldBe("I write it.");
        (await AskAsync(("user", "goal"), ("assistant", ""), ("tool", "SyntaxError"))).ShouldBe("I mend it.");
        (await AskAsync(("user", "goal"), ("assistant", ""), ("tool", "fine"))).ShouldBe("Done.");
        (await AskAsync(("user", "goal"), ("assistant", ""), ("tool", "SyntaxError"), ("assistant", ""), ("tool", "fine"))).ShouldBe(
            "Done."
        );
        (await AskAsync(("user", "goal"), ("assistant", ""), ("tool", "fine"), ("assistant", ""), ("user", "red"))).ShouldBe(
            "script_exhausted"
        );
    }

    [Fact]
    public async Task SendAsync_ScriptExhausted_IsRefusedAndSaysWhere()
    {
        await using var services = Call.Services();
        await using var server = await ScriptFile.ServeAsync("replies: [{ text: only }]");

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url), turn: 1));

        failure.Kind.ShouldBe(ModelFailureKind.Refused);
        failure.Message.ShouldContain("role make, position 1");
        server.Calls.ShouldBe(0);
    }

    [Theory]
    [InlineData("{", "invalid_json")]
    [InlineData("[]", "invalid_json")]
    [InlineData("{}", "invalid_json")]
    [InlineData("""{"messages":1}""", "invalid_json")]
    [InlineData("""{"messages":[1]}""", "invalid_json")]
    [InlineData("""{"messages":[{"role":1}]}""", "invalid_json")]
    public async Task Post_NotARequest_Is400(string body, string code)
    {
        await using var server = await ScriptFile.ServeAsync(Script);
        using var http = new HttpClient();
        using var reply = await http.PostAsync(new Uri($"{server.Url}/chat/completions"), new StringContent(body));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("code").GetString().ShouldBe(code);
    }

    [Theory]
    [InlineData("x-loop-turn", "-1")]
    [InlineData("x-loop-turn", "x")]
    [InlineData("x-loop-turn", "99999999999")]
    [InlineData("x-loop-role", "boss")]
    public async Task Post_BadHeader_Is400(string header, string value)
    {
        await using var server = await ScriptFile.ServeAsync(Script);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add(header, value);
        using var reply = await http.PostAsync(new Uri($"{server.Url}/chat/completions"), new ByteArrayContent(Call.Body()));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Get_HealthAndModels_SayWhatItIsAndWhatItServed()
    {
        await using var services = Call.Services();
        await using var server = await ScriptFile.ServeAsync(Script);
        await services
            .Http()
            .AnswerAsync(Call.To(Call.Binding(server.Url), Call.Body(messages: [("user", "goal"), ("tool", "SyntaxError")]), turn: 1));
        using var http = new HttpClient();

        var health = await http.GetFromJsonAsync<JsonElement>(new Uri(server.Url, "/healthz"));
        health.GetProperty("calls").GetInt64().ShouldBe(1);
        health.GetProperty("tokensIn").GetInt64().ShouldBe(7);
        health.GetProperty("tokensOut").GetInt64().ShouldBe(3);
        (await http.GetFromJsonAsync<JsonElement>(new Uri($"{server.Url}/models")))
            .GetProperty("data")[0]
            .GetProperty("id")
            .GetString()
            .ShouldBe("script");
        (await http.GetAsync(new Uri(server.Url, "/nothing"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task RunAsync_Cancelled_StopsServing()
    {
        using var file = new ScriptFile(Script);
        using var stop = new CancellationTokenSource();
        var ready = new TaskCompletionSource<Uri>();
        var run = ModelServer.RunAsync(new ModelServerOptions { ScriptFile = file.Path, Port = 0 }, ready.SetResult, stop.Token);
        var url = await ready.Task;
        using var http = new HttpClient();
        (await http.GetAsync(new Uri(url, "/healthz"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        await stop.CancelAsync();
        await run;

        await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(new Uri(url, "/healthz")));
    }

    [Fact]
    public async Task StartAsync_PortInUse_IsBadInput()
    {
        using var file = new ScriptFile(Script);
        await using var first = await ScriptFile.ServeAsync(Script);
        var options = new ModelServerOptions { ScriptFile = file.Path, Port = first.Url.Port };
        (await Should.ThrowAsync<BadInputException>(() => ModelServer.StartAsync(options, default))).Code.ShouldBe("address-unusable");
        (
            await Should.ThrowAsync<BadInputException>(() => ModelServer.StartAsync(options with { ScriptFile = "/nowhere" }, default))
        ).Code.ShouldBe("script-invalid");
    }
}
