using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.FaultTests.Budgets;

/// <summary>
/// An endpoint that bills the worst a real one could, a token for each byte of the request and every reply token it was allowed, as soon as
/// a request has arrived, and sends the reply only when it is told to.
/// </summary>
internal sealed class BillingServer : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly WebApplication _app;
    private readonly Func<int, (string Name, object Arguments)> _replies;
    private readonly Channel<Request> _arrived = Channel.CreateUnbounded<Request>();
    private long _prompt;
    private long _reply;
    private int _served;

    private BillingServer(WebApplication app, Func<int, (string Name, object Arguments)> replies) => (_app, _replies) = (app, replies);

    public string Url => _app.Urls.First() + "/v1";

    /// <summary>Tokens billed, whether or not anybody was there to read the reply.</summary>
    public long Tokens => Interlocked.Read(ref _prompt) + Interlocked.Read(ref _reply);

    public decimal CostAt(decimal priceIn, decimal priceOut) =>
        ((Interlocked.Read(ref _prompt) * priceIn) + (Interlocked.Read(ref _reply) * priceOut)) / 1_000_000m;

    public int Served => Volatile.Read(ref _served);

    /// <param name="replies">The one call a turn asks for.</param>
    public static async Task<BillingServer> StartAsync(Func<int, (string Name, object Arguments)> replies)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var server = new BillingServer(builder.Build(), replies);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>The next request: billed and not answered yet.</summary>
    public async Task<Request> ArrivedAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        return await _arrived.Reader.ReadAsync(patience.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var asked = JsonDocument.Parse(body.ToArray());
        var (prompt, reply) = (body.Length, asked.RootElement.GetProperty("max_tokens").GetInt64());
        Interlocked.Add(ref _prompt, prompt);
        Interlocked.Add(ref _reply, reply);
        Interlocked.Increment(ref _served);
        var turn = int.Parse(context.Request.Headers["x-loop-turn"].ToString(), CultureInfo.InvariantCulture);
        var request = new Request();
        await _arrived.Writer.WriteAsync(request);
        if (!await request.MayAnswer.Task.WaitAsync(context.RequestAborted))
        {
            context.Abort();
            return;
        }

        var (name, arguments) = _replies(turn);
        await context.Response.WriteAsJsonAsync(
            new
            {
                id = $"chatcmpl-{turn}",
                choices = new[]
                {
                    new
                    {
                        index = 0,
                        finish_reason = "tool_calls",
                        message = new
                        {
                            role = "assistant",
                            content = (string?)null,
                            tool_calls = new[]
                            {
                                new
                                {
                                    id = $"call_{turn}",
                                    type = "function",
                                    function = new { name, arguments = JsonSerializer.Serialize(arguments) },
                                },
                            },
                        },
                    },
                },
                usage = new { prompt_tokens = prompt, completion_tokens = reply },
            }
        );
    }

    internal sealed class Request
    {
        public TaskCompletionSource<bool> MayAnswer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
