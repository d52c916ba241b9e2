using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoopCluster.Cli.Composition;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.TestKit.Api;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Sandboxes;
using LoopCluster.TestKit.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Tests.Telemetry;

/// <summary>What leaves <c>loop up</c> over OTLP, as a receiver gets it.</summary>
[Collection(Alone.Name)]
public sealed partial class OtlpTests : IDisposable
{
    private const int Server = 2;
    private const string Goal = "goal-zebra put 42 into answer.txt";
    private const string Said = "reply-zebra";
    private const string Argument = "argument-zebra";
    private const string Output = "output-zebra";
    private const string Secret = "sk-telemetry-0123456789abcdef";
    private const string KeyVariable = "LOOPCLUSTER_TEST_TELEMETRY_KEY";
    private const string ClientTrace = "0af7651916cd43dd8448eb211c80319c";

    private const string Reply = $$$"""
        {"choices":[{"message":{"role":"assistant","content":"{{{Said}}}","tool_calls":[
        {"id":"call_1","type":"function","function":{"name":"shell","arguments":"{\"command\":\"say {{{Output}}}\"}"}},
        {"id":"call 2: {{{Argument}}}","type":"function","function":{"name":"write_file","arguments":"{\"path\":\"answer.txt\",\"content\":\"42 {{{Argument}}}\\n\"}"}},
        {"id":"call_3","type":"function","function":{"name":"done","arguments":"{\"summary\":\"{{{Argument}}}\"}"}}]},"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":900,"completion_tokens":40}}
        """;

    private readonly TestFiles _files = new();
    private string _key = "none";

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(KeyVariable, null);
        _files.Dispose();
    }

    [Fact]
    public async Task Loop_OverTheApi_SendsItsTraceMetricsAndLogsAndNothingAnybodyWrote()
    {
        Environment.SetEnvironmentVariable(KeyVariable, Secret);
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var endpoint = await ModelEndpoint.StartAsync(Reply);

        var loop = await RunAsync(receiver, endpoint);

        var request = endpoint.Requests.ShouldHaveSingleItem();
        request.Body.ShouldContain("goal-zebra");
        request.Authorization.ShouldBe($"Bearer {Secret}");
        // Other tests' loops in this process are traced too.
        var root = receiver.Spans.Single(s => s.Name == "invoke_agent make" && s.Tags["loopcluster.loop"].Equals(loop));
        // The endpoint is in this process, so that its side of the call is traced as well.
        var trace = receiver.Spans.Where(s => s.Trace == root.Trace && s.Kind != Server).ToList();
        TreeOf(trace)
            .ShouldBe(
                [
                    "invoke_agent make",
                    "invoke_agent make > prepare",
                    "invoke_agent make > gate answer",
                    "invoke_agent make > attempt 1",
                    "attempt 1 > turn 1",
                    "turn 1 > chat glm",
                    "chat glm > POST",
                    "turn 1 > execute_tool shell",
                    "turn 1 > execute_tool write_file",
                    "turn 1 > execute_tool done",
                    "turn 1 > gate answer",
                    "turn 1 > canary answer",
                    "turn 1 > prove",
                ],
                ignoreOrder: true
            );
        trace.ShouldAllBe(s => s.Error == null && s.Service == "loop");

        // The request has its own trace, the client's; the loop's is linked to it.
        var post = receiver.Spans.Single(s => s.Trace == ClientTrace && s.Kind == Server && s.Name == "POST /v1/loops");
        root.Parent.ShouldBe("");
        root.Trace.ShouldNotBe(ClientTrace);
        root.Links.ShouldBe([post.Id]);
        request.Traceparent.ShouldBe($"00-{root.Trace}-{trace.Single(s => s.Name == "POST").Id}-01");

        root.Tags["loopcluster.loop"].ShouldBe(loop);
        root.Tags["gen_ai.conversation.id"].ShouldBe(loop);
        root.Tags["loopcluster.tenant"].ShouldBe("acme");
        root.Tags["loopcluster.status"].ShouldBe("verified");
        var chat = trace.Single(s => s.Name == "chat glm");
        chat.Kind.ShouldBe(3);
        (string, object)[] tags =
        [
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.request.model", "glm"),
            ("gen_ai.agent.name", "make"),
            ("server.address", "127.0.0.1"),
            ("gen_ai.usage.input_tokens", 900L),
            ("gen_ai.usage.output_tokens", 40L),
            ("gen_ai.response.finish_reasons", "tool_calls"),
        ];
        tags.ShouldAllBe(t => chat.Tags[t.Item1].Equals(t.Item2));
        trace.Single(s => s.Name == "execute_tool shell").Tags["gen_ai.tool.call.id"].ShouldBe("call_1");
        trace.Single(s => s.Name == "execute_tool write_file").Tags.ShouldNotContainKey("gen_ai.tool.call.id");
        trace
            .Where(s => s.Name == "gate answer")
            .Select(s => s.Tags["loopcluster.gate.outcome"])
            .ShouldBe(["failed", "passed"], ignoreOrder: true);

        string[] metrics =
        [
            "gen_ai.client.operation.duration",
            "gen_ai.client.token.usage",
            "loopcluster.ledger.appends",
            "http.server.request.duration",
            "dotnet.gc.collections",
        ];
        metrics.Except(receiver.Metrics.Select(m => m.Name)).ShouldBeEmpty();
        var log = receiver.Logs.Single(l => l.Category == "Zebra");
        log.Body.ShouldBe("the key is [redacted]");
        log.Tags["exception.message"].ShouldBe("[redacted] leaked");

        string[] content = [Goal, "goal-zebra", Said, Argument, Output, Secret, _key];
        content.Where(c => receiver.Everything.Contains(c, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_TRACES_EXPORTER", "zipkin")]
    public async Task Settings_Unusable_AreRefusedByName(string variable, string value)
    {
        var settings = new Dictionary<string, string?> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1", [variable] = value };

        var error = await Should.ThrowAsync<BadInputException>(async () => await OwnAsync(settings, "models: {}"));

        error.Code.ShouldBe("bad-configuration");
        error.Faults.ShouldHaveSingleItem().Path.ShouldBe(variable);
    }

    private async Task<string> RunAsync(OtlpReceiver receiver, ModelEndpoint endpoint)
    {
        var models =
            $"models: {{ glm: {{ url: \"{endpoint.Url}\", model: glm, keyEnv: {KeyVariable}, window: 64000, price: {{ in: 1, out: 2 }} }} }}";
        await using var runtime = await OwnAsync(receiver.Settings, models);
        await runtime.StartAsync(default);
        var (key, kept) = ApiKeys.New("acme", TimeProvider.System);
        await new FileApiKeyStore(runtime.Data.Keys).AddAsync(kept, default);
        _key = key;
        using var client = new ApiClient(runtime.Url, key);
        var id = await PostAsync(runtime.Url, key);
        using var events = await client.OpenEventsAsync(id);
        await events.ToEndAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);

        LogKey(
            runtime.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Zebra"),
            new InvalidOperationException($"{Secret} leaked"),
            Secret
        );
        await runtime.Host.IdleAsync();
        return id;
    }

    /// <summary>As a client with a trace of its own does: one that adds no headers behind our back.</summary>
    private static async Task<string> PostAsync(Uri url, string key)
    {
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/v1/loops"))
        {
            Content = new StringContent(
                $$"""
                goal: {{Goal}}
                workspace: { files: { readme.txt: hello } }
                model: glm
                gates: [ { name: answer, run: has answer.txt 42 } ]
                """,
                Encoding.UTF8,
                "application/yaml"
            ),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("traceparent", $"00-{ClientTrace}-b7ad6b7169203331-01");
        using var response = await http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        return JsonElement.Parse(await response.Content.ReadAsByteArrayAsync()).GetProperty("id").GetString()!;
    }

    private ValueTask<LoopRuntime> OwnAsync(IReadOnlyDictionary<string, string?> settings, string models) =>
        LoopRuntime.OwnAsync(
            new DataDirectory(_files.At("data")),
            new RuntimeOptions(
                ModelCatalog.Parse(models),
                [KeyVariable],
                Settings: settings,
                Listening: new Listening(new IPEndPoint(IPAddress.Loopback, 0))
            ),
            services => services.AddSingleton<Runtime.Ports.ISandbox>(new FakeShell().Sandbox)
        );

    /// <summary>Each span with its parent's name.</summary>
    private static IEnumerable<string> TreeOf(IReadOnlyList<ReceivedSpan> trace) =>
        trace.Select(s => trace.SingleOrDefault(p => p.Id == s.Parent) is { } parent ? $"{parent.Name} > {s.Name}" : s.Name);

    [LoggerMessage(1, LogLevel.Warning, "the key is {Key}")]
    private static partial void LogKey(ILogger logger, Exception error, string key);
}
