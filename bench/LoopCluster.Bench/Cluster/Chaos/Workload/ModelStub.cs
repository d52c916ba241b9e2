using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Bench.Cluster.Chaos.Workload;

/// <summary>
/// The endpoint of the loops that have no script. It bills the worst that a real one could, a token for each byte of the request and every
/// reply token it was allowed, as soon as a request has arrived, whoever is left to read the reply.
/// </summary>
internal sealed partial class ModelStub : IAsyncDisposable
{
    /// <summary>One request in so many is refused, half of them after it was billed.</summary>
    private const int FailEvery = 40;

    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(60);

    private readonly WebApplication _app;
    private readonly IReadOnlyList<LoopPlan> _plans;
    private readonly ConcurrentDictionary<string, long> _bills = new(StringComparer.Ordinal);
    private int _requests;

    private ModelStub(WebApplication app, IReadOnlyList<LoopPlan> plans) => (_app, _plans) = (app, plans);

    public string Url => _app.Urls.First() + "/v1";

    public static async Task<ModelStub> StartAsync(IPAddress address, IReadOnlyList<LoopPlan> plans)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{address}:0");
        var stub = new ModelStub(builder.Build(), plans);
        stub._app.Run(stub.AnswerAsync);
        await stub._app.StartAsync().ConfigureAwait(false);
        return stub;
    }

    /// <summary>Tokens billed to a loop.</summary>
    public long BillOf(string loop) => _bills.GetValueOrDefault(loop);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
        if (!int.TryParse(MarkOf().Match(text).Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var number))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var refuse = Interlocked.Increment(ref _requests) % FailEvery;
        if (refuse == 0)
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "1";
            return;
        }

        using var asked = JsonDocument.Parse(text);
        var (prompt, reply) = (body.Length, asked.RootElement.GetProperty("max_tokens").GetInt64());
        _bills.AddOrUpdate(context.Request.Headers["x-session-id"].ToString(), prompt + reply, (_, billed) => billed + prompt + reply);
        if (refuse == FailEvery / 2)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        await Task.Delay(Thinking, context.RequestAborted).ConfigureAwait(false);
        var turn = int.Parse(context.Request.Headers["x-loop-turn"].ToString(), CultureInfo.InvariantCulture);
        var replies = _plans[number].Replies;
        if (turn >= replies.Count)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        await context
            .Response.WriteAsJsonAsync(Reply(turn, replies[turn], new { prompt_tokens = prompt, completion_tokens = reply }))
            .ConfigureAwait(false);
    }

    private static object Reply(int turn, PlannedReply reply, object usage) =>
        new
        {
            id = $"chatcmpl-{turn}",
            choices = new[]
            {
                new
                {
                    index = 0,
                    finish_reason = reply.Calls.Count == 0 ? "stop" : "tool_calls",
                    message = new
                    {
                        role = "assistant",
                        content = reply.Text,
                        tool_calls = reply.Calls.Select(
                            (call, index) =>
                                new
                                {
                                    id = $"call_{turn}_{index}",
                                    type = "function",
                                    function = new { name = call.Name, arguments = call.Arguments },
                                }
                        ),
                    },
                },
            },
            usage,
        };

    [GeneratedRegex(PlanWriter.Mark + "([0-9]+)")]
    private static partial Regex MarkOf();
}
