using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Loops;
using LoopCluster.Models.OpenAI.Scripts;
using LoopCluster.Runtime.Models;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Models.OpenAI.Server;

/// <summary>The endpoints of the model server.</summary>
internal sealed class ChatCompletions(ModelScript script, TimeSpan delay, TimeProvider time)
{
    private readonly long _started = time.GetUtcNow().ToUnixTimeSeconds();

    public ServedBill Bill { get; } = new();

    public async Task AnswerAsync(HttpContext context)
    {
        // 1. What is asked.
        ChatRequest request;
        try
        {
            request = ChatRequest.Read(await ReadBodyAsync(context.Request, context.RequestAborted).ConfigureAwait(false));
        }
        catch (JsonException fault)
        {
            await RefuseAsync(context, 400, "invalid_request_error", "invalid_json", fault.Message).ConfigureAwait(false);
            return;
        }

        // 2. Where in the script that is.
        if (!TryRole(context.Request, request, out var role) || !TryPosition(context.Request, role, request, out var position))
        {
            await RefuseAsync(
                    context,
                    400,
                    "invalid_request_error",
                    "invalid_header",
                    $"{LoopHeaders.Turn} must be a whole number from 0, {LoopHeaders.Role} one of {string.Join(", ", AgentNames.Roles)}."
                )
                .ConfigureAwait(false);
            return;
        }

        var fault2 = "The conversation has more replies than the script.";
        var answer = position is { } at ? ScriptedTurn.Answer(script, role, at, request, out fault2) : null;
        if (answer is null)
        {
            // It stays so: a caller that tries again gets the same.
            context.Response.Headers["x-should-retry"] = "false";
            await RefuseAsync(context, 503, "server_error", "script_exhausted", fault2).ConfigureAwait(false);
            return;
        }

        // 3. From here it is served, whoever is left to read it.
        Bill.Add(answer.Usage!);
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, time, context.RequestAborted).ConfigureAwait(false);
        }

        if (answer.Skipped > 0)
        {
            context.Response.Headers[LoopHeaders.Skipped] = answer.Skipped.ToString(CultureInfo.InvariantCulture);
        }

        var id = $"chatcmpl-script-{role}-{position + answer.Skipped}";
        if (request.Stream)
        {
            await ReplyStream.WriteAsync(context, id, _started, answer, request.IncludeUsage).ConfigureAwait(false);
        }
        else
        {
            await SendAsync(context, 200, writer => ReplyWriter.WriteWhole(writer, id, _started, answer)).ConfigureAwait(false);
        }
    }

    public Task ReportAsync(HttpContext context) => SendAsync(context, 200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status"u8, "ok"u8);
            writer.WriteString("model"u8, ModelCatalog.ScriptName);
            writer.WriteNumber("calls"u8, Bill.Calls);
            writer.WriteNumber("tokensIn"u8, Bill.TokensIn);
            writer.WriteNumber("tokensOut"u8, Bill.TokensOut);
            writer.WriteEndObject();
        });

    public static Task ListModelsAsync(HttpContext context) => SendAsync(context, 200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("object"u8, "list"u8);
            writer.WriteStartArray("data"u8);
            writer.WriteStartObject();
            writer.WriteString("id"u8, ModelCatalog.ScriptName);
            writer.WriteString("object"u8, "model"u8);
            writer.WriteNumber("created"u8, 0);
            writer.WriteString("owned_by"u8, "loopcluster"u8);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    public static Task ExplainAsync(HttpContext context) =>
        RefuseAsync(
            context,
            404,
            "invalid_request_error",
            "not_found",
            "This is a scripted model. It answers POST /v1/chat/completions, GET /v1/models and GET /healthz."
        );

    /// <summary>A caller of ours says its role; any other may name it as the model. Everyone else is a maker.</summary>
    private static bool TryRole(HttpRequest http, ChatRequest request, out string role)
    {
        role =
            http.Headers.TryGetValue(LoopHeaders.Agent, out var agent) ? agent.ToString()
            : http.Headers.TryGetValue(LoopHeaders.Role, out var value) ? value.ToString()
            : request.Model is { } model && AgentNames.Roles.Contains(model) ? model
            : AgentNames.Make;
        return AgentNames.Roles.Contains(AgentNames.RoleOf(role));
    }

    private bool TryPosition(HttpRequest http, string role, ChatRequest request, out int? position)
    {
        if (!http.Headers.TryGetValue(LoopHeaders.Turn, out var value))
        {
            position = PositionFrom(role, request);
            return true;
        }

        var valid = int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var turn);
        position = turn;
        return valid;
    }

    private int? PositionFrom(string role, ChatRequest request)
    {
        try
        {
            return ScriptedTurn.PositionFrom(script, role, request);
        }
        catch (RegexMatchTimeoutException)
        {
            // The turn itself will meet the same condition; without the earlier ones there is no position to tell.
            return null;
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream((int)Math.Min(request.ContentLength ?? 4096, 1024 * 1024));
        await request.Body.CopyToAsync(body, cancellationToken).ConfigureAwait(false);
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static Task RefuseAsync(HttpContext context, int status, string type, string code, string message) =>
        SendAsync(context, status, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error"u8);
            writer.WriteString("message"u8, message);
            writer.WriteString("type"u8, type);
            writer.WriteString("code"u8, code);
            writer.WriteNull("param"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });

    private static async Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, ReplyWriter.Options))
        {
            write(writer);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }
}
