using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Bench.Turns;

/// <summary>
/// A model that answers after a delay: a call of <c>noop</c> while the conversation has fewer tool results than turns, then a final answer.
/// It keeps its own record of who asked what and when, apart from every ledger.
/// </summary>
internal sealed class StubModel(int turns, TimeSpan delay)
{
    private static readonly string Pad = new('x', 160);
    private static readonly byte[] ToolReply = Reply(
        $$$"""
        "message":{"role":"assistant","content":"{{{Pad}}}","tool_calls":[{"id":"call_1","type":"function","function":{"name":"noop","arguments":"{}"}}]},"finish_reason":"tool_calls"
        """
    );
    private static readonly byte[] FinalReply = Reply(
        $$$"""
        "message":{"role":"assistant","content":"{{{Pad}}}"},"finish_reason":"stop"
        """
    );

    private readonly StubRecord _record = new();

    public async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(context => context.Request.Method == HttpMethods.Post ? AnswerAsync(context) : _record.ServeAsync(context));
        await app.StartAsync();
        Console.WriteLine(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1");
        // Ends with the process that started it.
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (
            headers["x-session-id"] is [{ } session]
            && int.TryParse(headers["x-loop-turn"], NumberStyles.None, CultureInfo.InvariantCulture, out var turn)
        )
        {
            _record.Asked(session, turn);
        }

        var isLast = await CountResultsAsync(context) >= turns;
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, context.RequestAborted);
        }

        var reply = isLast ? FinalReply : ToolReply;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = reply.Length;
        await context.Response.Body.WriteAsync(reply);
        if (isLast)
        {
            _record.Finished();
        }
    }

    /// <summary>How many tool results the conversation has. In one piece: the mark may lie across two reads.</summary>
    private static async Task<int> CountResultsAsync(HttpContext context)
    {
        var length = (int)(context.Request.ContentLength ?? throw new BadHttpRequestException("a request needs a length"));
        var body = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await context.Request.Body.ReadExactlyAsync(body.AsMemory(0, length));
            return body.AsSpan(0, length).Count("\"role\":\"tool\""u8);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    private static byte[] Reply(string choice) =>
        System.Text.Encoding.UTF8.GetBytes(
            $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"stub","choices":[{"index":0,{{{choice}}}}],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}}"""
        );
}
