using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Bench.Turns;

/// <summary>
/// A model that answers at once: a call of <c>noop</c> while the conversation has fewer tool results than turns, then a final answer.
/// </summary>
internal static class StubModel
{
    private const int Turns = 10;
    private static readonly string Pad = new('x', 160);
    private static readonly byte[] ToolReply = Reply($$$"""
        "message":{"role":"assistant","content":"{{{Pad}}}","tool_calls":[{"id":"call_1","type":"function","function":{"name":"noop","arguments":"{}"}}]},"finish_reason":"tool_calls"
        """);
    private static readonly byte[] FinalReply = Reply($$$"""
        "message":{"role":"assistant","content":"{{{Pad}}}"},"finish_reason":"stop"
        """);

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapPost("/v1/chat/completions", AnswerAsync);
        await app.StartAsync();
        Console.WriteLine(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1");
        // Ends with the process that started it.
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>(16 * 1024);
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                body.Write(segment.Span);
            }

            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        var reply = body.WrittenSpan.Count("\"role\":\"tool\""u8) < Turns ? ToolReply : FinalReply;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = reply.Length;
        await context.Response.Body.WriteAsync(reply);
    }

    private static byte[] Reply(string choice) => System.Text.Encoding.UTF8.GetBytes(
        $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"stub","choices":[{"index":0,{{{choice}}}}],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}}""");
}
