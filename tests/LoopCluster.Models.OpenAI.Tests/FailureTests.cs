using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>What an endpoint can do wrong, and what becomes of it.</summary>
public sealed class FailureTests
{
    private const string Good = """{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}""";

    [Theory]
    [InlineData(429, "slow down", ModelFailureKind.RateLimited, false)]
    [InlineData(429, """{"error":{"message":"pay","code":"insufficient_quota"}}""", ModelFailureKind.Refused, false)]
    [InlineData(
        429,
        """{"error":{"message":"Request too large, reduce the length of the messages"}}""",
        ModelFailureKind.RateLimited,
        false
    )]
    [InlineData(500, "oops", ModelFailureKind.ServerError, true)]
    [InlineData(502, "<html>bad gateway</html>", ModelFailureKind.ServerError, true)]
    [InlineData(503, """{"error":"loading"}""", ModelFailureKind.Overloaded, false)]
    [InlineData(529, "", ModelFailureKind.Overloaded, false)]
    [InlineData(408, "", ModelFailureKind.Timeout, true)]
    [InlineData(499, "", ModelFailureKind.Timeout, true)]
    [InlineData(400, """{"detail":"bad"}""", ModelFailureKind.Refused, false)]
    [InlineData(401, """{"error":{"message":"no key"}}""", ModelFailureKind.Refused, false)]
    [InlineData(403, "", ModelFailureKind.Refused, false)]
    [InlineData(404, """{"object":"error","message":"The model `m` does not exist.","code":404}""", ModelFailureKind.Refused, false)]
    [InlineData(422, "[1,2", ModelFailureKind.Refused, false)]
    [InlineData(204, "", ModelFailureKind.BrokenReply, true)]
    public async Task SendAsync_Status_TellsWhetherItMayHaveBeenServed(int status, string body, ModelFailureKind kind, bool served)
    {
        await using var server = RawServer.Answering(status, body);
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(kind);
        failure.Served.ShouldBe(served);
        failure.Message.ShouldStartWith(server.Url.ToString());
    }

    /// <summary>As sent by the servers named; each from its source or an issue of its users.</summary>
    [Theory]
    [InlineData(
        400,
        "OpenAI",
        """{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"""
    )]
    [InlineData(
        400,
        "OpenAI",
        """{"error":{"message":"Your input exceeds the context window of this model. Please adjust your input and try again.","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}"""
    )]
    [InlineData(
        400,
        "vLLM 0.9",
        """{"object":"error","message":"This model's maximum context length is 6048 tokens. However, you requested 6616 tokens (568 in the messages, 6048 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}"""
    )]
    [InlineData(
        400,
        "vLLM 0.16",
        """{"error":{"message":"You passed 1015 input tokens and requested 10 output tokens. However, the model's context length is only 1024 tokens, resulting in a maximum input length of 1014 tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=1015)","type":"BadRequestError","param":"input_tokens","code":400}}"""
    )]
    [InlineData(
        400,
        "vLLM",
        """{"object":"error","message":"The decoder prompt (length 40000) is longer than the maximum model length of 32768.","type":"BadRequestError","code":400}"""
    )]
    [InlineData(
        400,
        "llama.cpp",
        """{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"""
    )]
    [InlineData(
        500,
        "llama.cpp, older",
        """{"error":{"code":500,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"server_error"}}"""
    )]
    [InlineData(
        400,
        "LM Studio",
        """{"error":"Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with context length of only 32768 tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input."}"""
    )]
    [InlineData(
        400,
        "SGLang",
        """{"object":"error","message":"The input (9000 tokens) is longer than the model's context length (8192 tokens).","type":"BadRequestError","code":400}"""
    )]
    [InlineData(
        422,
        "TGI",
        """{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 512 `max_new_tokens`","error_type":"validation"}"""
    )]
    [InlineData(200, "a gateway", """{"error":{"message":"This endpoint's maximum context length is 8192 tokens.","code":400}}""")]
    public async Task SendAsync_PromptTooLong_IsToldApart(int status, string server, string body)
    {
        await using var endpoint = RawServer.Answering(status, body);
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(endpoint.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.ContextLength, server);
        failure.Served.ShouldBeFalse();
        failure.Message.ShouldContain("8192 tokens: set window");
    }

    [Theory]
    [InlineData("Retry-After: 7", 7.0)]
    [InlineData("Retry-After: 0.5", 0.5)]
    [InlineData("retry-after-ms: 1500\r\nRetry-After: 9", 1.5)]
    [InlineData("Retry-After: Fri, 20 Nov 2026 12:00:30 GMT", 30.0)]
    [InlineData("Date: Fri, 20 Nov 2026 13:00:00 GMT\r\nRetry-After: Fri, 20 Nov 2026 13:00:10 GMT", 10.0)]
    [InlineData("Retry-After: Fri, 20 Nov 2020 12:00:00 GMT", 0.0)]
    [InlineData("Retry-After: 99999999999", 86400.0)]
    [InlineData("Retry-After: -5", 0.0)]
    [InlineData("Retry-After: soon", null)]
    [InlineData("Retry-After: NaN", null)]
    [InlineData("X: y", null)]
    public async Task SendAsync_RetryAfter_IsRead(string header, double? seconds)
    {
        await using var server = RawServer.Answering(429, "", header + "\r\n");
        await using var services = Call.Services(time: new ManualTime());

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.RetryAfter?.TotalSeconds.ShouldBe(seconds!.Value);
        failure.RetryAfter.HasValue.ShouldBe(seconds.HasValue);
    }

    [Fact]
    public async Task SendAsync_NobodyListens_IsUnreachable()
    {
        Uri url;
        await using (var gone = RawServer.Answering(200, Good))
        {
            url = gone.Url;
        }

        await using var services = Call.Services();
        foreach (var endpoint in new[] { url, new Uri("http://no-such-host.invalid/v1") })
        {
            var failure = await services.Http().FailureAsync(Call.To(Call.Binding(endpoint)));
            failure.Kind.ShouldBe(ModelFailureKind.Unreachable);
            failure.Served.ShouldBeFalse();
            failure.Message.ShouldContain("Is the server of 'tested' running");
        }
    }

    [Fact]
    public async Task SendAsync_TlsToAPlainServer_IsUnreachable()
    {
        await using var server = new RawServer(exchange => exchange.NeverAsync());
        await using var services = Call.Services(options => options.ConnectTimeout = TimeSpan.FromMilliseconds(200));

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(new Uri(server.Url.ToString().Replace("http:", "https:")))));

        failure.Kind.ShouldBe(ModelFailureKind.Unreachable);
        failure.Served.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{\"choices\":")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n")]
    public async Task SendAsync_SlowReply_TimesOutAndMayBeServed(string started)
    {
        var time = new ManualTime();
        var read = new TaskCompletionSource();
        await using var server = new RawServer(async exchange =>
        {
            await exchange.SayAsync(started);
            read.SetResult();
            await exchange.NeverAsync();
        });
        await using var services = Call.Services(time: time);
        var call = services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));
        await read.Task;

        time.Elapse();

        var failure = await call;
        failure.Kind.ShouldBe(ModelFailureKind.Timeout);
        failure.Served.ShouldBeTrue();
        failure.Message.ShouldContain("600 s");
    }

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-OpenSSH_9\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"choices\":[")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"cho")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata:")]
    public async Task SendAsync_Cut_IsBrokenServedAndNotSentAgain(string response)
    {
        await using var server = new RawServer(exchange => exchange.SayAndCloseAsync(response));
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.BrokenReply);
        failure.Served.ShouldBeTrue();
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task SendAsync_ReusedConnectionDropped_IsNotSentAgainBehindOurBack()
    {
        await using var server = new RawServer(exchange =>
            exchange.Number == 1 ? exchange.SayAsync(RawServer.Response(200, Good)) : exchange.SayAndCloseAsync("")
        );
        await using var services = Call.Services();
        await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url)));

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.BrokenReply);
        failure.Served.ShouldBeTrue();
        server.Connections.ShouldBe(1);
        server.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"choices":[{"message":{"content":"hi"}}""")]
    [InlineData("""{"choices":[{"message":{"content":"half"},"finish_reason":"abort"}]}""")]
    [InlineData("\u0000\u0001\u0002")]
    public async Task SendAsync_NoReplyInIt_IsBroken(string body)
    {
        await using var server = RawServer.Answering(200, body);
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.BrokenReply);
        failure.Served.ShouldBeTrue();
    }

    [Theory]
    [InlineData("Content-Length: 99999999\r\n", "application/json")]
    [InlineData("", "application/json")]
    [InlineData("", "text/event-stream")]
    public async Task SendAsync_Huge_IsCutOffAtTheLimit(string length, string type)
    {
        var gone = new TaskCompletionSource();
        await using var server = new RawServer(async exchange =>
        {
            try
            {
                await exchange.SayAsync($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\n{length}\r\n");
                while (true)
                {
                    await exchange.SayAsync(new string('x', 4096));
                }
            }
            finally
            {
                gone.SetResult();
            }
        });
        await using var services = Call.Services(options => options.MaxReplyBytes = 100_000);

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.BrokenReply);
        failure.Message.ShouldContain("longer than 100000 bytes");
        await gone.Task;
    }

    [Fact]
    public async Task SendAsync_HugeErrorBody_IsCutAndShort()
    {
        await using var server = new RawServer(exchange =>
            exchange.SayAndCloseAsync("HTTP/1.1 500 X\r\n\r\n" + new string('y', 3_000_000))
        );
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.ServerError);
        failure.Message.Length.ShouldBeLessThan(500);
    }

    [Fact]
    public async Task SendAsync_Redirect_IsRefusedAndNotFollowed()
    {
        Environment.SetEnvironmentVariable("LC_TEST_KEY_REDIRECT", "redirect-key");
        await using var other = RawServer.Answering(200, Good);
        foreach (var status in new[] { 301, 302, 307, 308 })
        {
            await using var server = RawServer.Answering(status, "", $"Location: {other.Url}/chat/completions\r\n");
            await using var services = Call.Services();

            var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url, keyEnv: "LC_TEST_KEY_REDIRECT")));

            failure.Kind.ShouldBe(ModelFailureKind.Refused);
            failure.Message.ShouldContain($"redirect to {other.Url.GetLeftPart(UriPartial.Authority)}");
        }

        other.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task SendAsync_EndpointEchoesTheKey_ItIsRedacted()
    {
        const string Key = "sk-very/secret+key-0123456789";
        Environment.SetEnvironmentVariable("LC_TEST_KEY_ECHO", Key);
        await using var services = Call.Services();
        string[] bodies =
        [
            $$$"""{"error":{"message":"Incorrect API key provided: {{{Key}}}. \u001b[31mHelp\nme"}}""",
            """{"error":{"message":"Key sk-very\/secret\u002bkey-0123456789 is wrong"}}""",
            new string('x', 290) + Key,
            "<p>" + Key + "</p>",
        ];
        foreach (var body in bodies)
        {
            foreach (var status in new[] { 401, 500, 429, 200 })
            {
                await using var server = RawServer.Answering(status, body);
                var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url, keyEnv: "LC_TEST_KEY_ECHO")));
                failure.Message.ShouldNotContain("secret");
                failure.Message.ShouldNotContain("sk-very");
                failure.Message.ShouldAllBe(c => !char.IsControl(c));
            }
        }

        await using var refusing = RawServer.Answering(401, bodies[0]);
        (await services.Http().FailureAsync(Call.To(Call.Binding(refusing.Url, keyEnv: "LC_TEST_KEY_ECHO")))).Message.ShouldBe(
            $"{refusing.Url}: HTTP 401: Incorrect API key provided: [redacted]. [31mHelp me. Check the key in the environment variable LC_TEST_KEY_ECHO."
        );
    }

    [Fact]
    public async Task SendAsync_Cancelled_IsAbortedAndFreesItsPlace()
    {
        var arrived = new TaskCompletionSource();
        await using var server = new RawServer(async exchange =>
        {
            if (exchange.Number == 1)
            {
                arrived.SetResult();
                await exchange.NeverAsync();
            }

            await exchange.SayAsync(RawServer.Response(200, Good));
        });
        await using var services = Call.Services();
        var binding = Call.Binding(server.Url, concurrency: 1);
        using var cancel = new CancellationTokenSource();
        var call = services.Http().FailureAsync(Call.To(binding), cancel.Token);
        await arrived.Task;

        await cancel.CancelAsync();

        var failure = await call;
        failure.Kind.ShouldBe(ModelFailureKind.Aborted);
        failure.Served.ShouldBeTrue();
        (await services.Http().AnswerAsync(Call.To(binding))).Text.ShouldBe("hi");
    }

    [Fact]
    public async Task SendAsync_BodyOfNoMessage_IsShownAsText()
    {
        await using var server = RawServer.Answering(500, Encoding.UTF8.GetString([0xE2, 0x82]) + "\r\n\t weird");
        await using var services = Call.Services();
        (await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)))).Message.ShouldEndWith("HTTP 500: \uFFFD weird.");
    }
}
