using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.Models.OpenAI.Tests;

public sealed class OpenAIModelClientTests
{
    private const string Good =
        """{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":1}}""";

    [Fact]
    public async Task SendAsync_Request_HasTheExactBytesAndHeaders()
    {
        Environment.SetEnvironmentVariable("LC_TEST_KEY_EXACT", "secret-key-1\n");
        await using var server = RawServer.Answering(200, Good);
        await using var services = Call.Services();
        var body = Encoding.UTF8.GetBytes("""{ "model":"m",  "messages":[{"role":"user","content":"ü \u0041"}] }""");

        var answer = await services
            .Http()
            .AnswerAsync(Call.To(Call.Binding(server.Url, keyEnv: "LC_TEST_KEY_EXACT"), body, turn: 12, role: "judge"));

        answer.ShouldBe(answer with { Text = "hi", Finish = ReplyFinish.Stop, Usage = new Usage(5, 1), Skipped = 0 });
        var request = server.Requests.ShouldHaveSingleItem();
        request.ShouldStartWith("POST /v1/chat/completions HTTP/1.1\r\n");
        request.ShouldContain("\r\nx-session-id: loop-1\r\n");
        request.ShouldContain("\r\nx-loop-turn: 12\r\n");
        request.ShouldContain("\r\nx-loop-role: judge\r\n");
        request.ShouldContain("\r\nAuthorization: Bearer secret-key-1\r\n");
        request.ShouldContain("\r\nContent-Type: application/json\r\n");
        request.ShouldNotContain("Accept-Encoding");
        request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].ShouldBe(Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task SendAsync_ManyCalls_ReuseOneConnection()
    {
        await using var server = new RawServer(exchange => exchange.SayAsync(RawServer.Response(200, Good)));
        await using var services = Call.Services();
        for (var turn = 0; turn < 5; turn++)
        {
            await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url), turn: turn));
        }

        server.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task SendAsync_Cookie_IsNotSentBack()
    {
        await using var server = RawServer.Answering(200, Good, "Set-Cookie: a=b\r\nContent-Type: application/json\r\n");
        await using var services = Call.Services();
        await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url)));
        await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url)));
        server.Requests.ShouldAllBe(request => !request.Contains("Cookie"));
    }

    [Fact]
    public async Task SendAsync_KeyRotated_UsesTheNewOne()
    {
        await using var server = new RawServer(exchange => exchange.SayAsync(RawServer.Response(200, Good)));
        await using var services = Call.Services();
        foreach (var key in new[] { "first-key", "second-key" })
        {
            Environment.SetEnvironmentVariable("LC_TEST_KEY_ROTATED", key);
            await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url, keyEnv: "LC_TEST_KEY_ROTATED")));
            server.Requests.Last().ShouldContain($"Bearer {key}\r\n");
        }
    }

    [Theory]
    [InlineData(null, "is not set")]
    [InlineData("  ", "is not set")]
    [InlineData("two words", "holds characters that no key has")]
    [InlineData("line\r\nx-evil: 1", "holds characters that no key has")]
    public async Task SendAsync_KeyUnusable_IsRefusedByNameAndNothingIsSent(string? value, string message)
    {
        Environment.SetEnvironmentVariable("LC_TEST_KEY_BAD", value);
        await using var server = RawServer.Answering(200, Good);
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url, keyEnv: "LC_TEST_KEY_BAD")));

        failure.Kind.ShouldBe(ModelFailureKind.Refused);
        failure.Served.ShouldBeFalse();
        failure.Message.ShouldContain("LC_TEST_KEY_BAD");
        failure.Message.ShouldContain(message);
        failure.Message.ShouldNotContain("evil");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task SendAsync_Concurrency_HoldsTheRestBackInOrder()
    {
        var release = new SemaphoreSlim(0);
        var arrived = new SemaphoreSlim(0);
        int active = 0,
            most = 0;
        await using var server = new RawServer(async exchange =>
        {
            most = Math.Max(most, Interlocked.Increment(ref active));
            arrived.Release();
            await release.WaitAsync(exchange.Stopped);
            Interlocked.Decrement(ref active);
            await exchange.SayAsync(RawServer.Response(200, Good));
        });
        await using var services = Call.Services();
        var client = services.Http();
        var binding = Call.Binding(server.Url, concurrency: 2);
        var calls = Enumerable.Range(0, 6).Select(turn => client.AnswerAsync(Call.To(binding, turn: turn))).ToList();

        await arrived.WaitAsync();
        await arrived.WaitAsync();
        server.Requests.Count.ShouldBe(2);
        release.Release(6);
        await Task.WhenAll(calls);

        most.ShouldBe(2);
        server.Requests.Count.ShouldBe(6);
    }

    [Fact]
    public async Task SendAsync_CancelledWhileItWaits_WasNotServed()
    {
        var arrived = new TaskCompletionSource();
        await using var server = new RawServer(exchange =>
        {
            arrived.SetResult();
            return exchange.NeverAsync();
        });
        await using var services = Call.Services();
        var binding = Call.Binding(server.Url, concurrency: 1);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var running = services.Http().FailureAsync(Call.To(binding), first.Token);
        var waiting = services.Http().FailureAsync(Call.To(binding), second.Token);
        await arrived.Task;

        await second.CancelAsync();
        (await waiting).ShouldSatisfyAllConditions(f => f.Kind.ShouldBe(ModelFailureKind.Aborted), f => f.Served.ShouldBeFalse());
        await first.CancelAsync();
        (await running).ShouldSatisfyAllConditions(f => f.Kind.ShouldBe(ModelFailureKind.Aborted), f => f.Served.ShouldBeTrue());
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public void Serves_Binding_IsTheEndpointsOnly()
    {
        using var services = Call.Services();
        services.Http().Serves(Call.Binding(new Uri("http://x/v1"))).ShouldBeTrue();
        services.Http().Serves(Call.Binding(new BlobRef("00", 0))).ShouldBeFalse();
        services.Scripted().Serves(Call.Binding(new BlobRef("00", 0))).ShouldBeTrue();
        services.Scripted().Serves(Call.Binding(new Uri("http://x/v1"))).ShouldBeFalse();
    }
}
