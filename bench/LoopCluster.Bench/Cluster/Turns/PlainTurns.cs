using System.Text.Json;
using System.Text.Json.Nodes;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>
/// Plain tasks that do a loop's work without engine and grain: each keeps its conversation, writes it as a request, sends it with the same
/// model client, makes the reply durable and adds the tool's result. The first request is the engine's own.
/// </summary>
internal sealed class PlainTurns
{
    private readonly IModelClient _models;
    private readonly ModelBinding _model;
    private readonly JsonObject _request;
    private readonly JsonArray _opening;

    /// <param name="first">What the engine asks in a loop's first turn.</param>
    public PlainTurns(IModelClient models, Uri modelUrl, ReadOnlyMemory<byte> first)
    {
        _models = models;
        _model = new ModelBinding
        {
            Name = "stub",
            Model = "stub",
            Url = modelUrl.ToString(),
            Concurrency = 4096,
            Window = 131_072,
            MaxTokens = 4_096,
        };
        _request = JsonNode.Parse(first.Span)!.AsObject();
        _opening = _request["messages"]!.AsArray();
        _request.Remove("messages");
    }

    /// <param name="keep">Makes the reply of a session durable.</param>
    public Task RunAsync(string run, int sessions, Func<int, string, Task> keep) =>
        Task.WhenAll(Enumerable.Range(0, sessions).Select(i => Task.Run(() => SessionAsync(new LoopId($"{run}-{i}"), i, keep))));

    private async Task SessionAsync(LoopId id, int session, Func<int, string, Task> keep)
    {
        var messages = new List<Message>();
        for (var turn = 0; ; turn++)
        {
            var result = await _models
                .SendAsync(new ModelCall(_model, id, AgentNames.Make, turn, Request(messages)), CancellationToken.None)
                .ConfigureAwait(false);
            var answer = result.Answer ?? throw new InvalidOperationException(result.Failure!.Message);
            await keep(session, answer.Text).ConfigureAwait(false);
            if (answer.Tools.Count == 0)
            {
                return;
            }

            messages.Add(new Message(answer, null));
            messages.Add(new Message(null, answer.Tools[0].Id));
        }
    }

    private ReadOnlyMemory<byte> Request(List<Message> messages)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var (name, value) in _request)
        {
            writer.WritePropertyName(name);
            value!.WriteTo(writer);
        }

        writer.WriteStartArray("messages");
        foreach (var message in _opening)
        {
            message!.WriteTo(writer);
        }

        messages.ForEach(m => m.WriteTo(writer));
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>An answer of the model, or the result of a call.</summary>
    private sealed record Message(ModelAnswer? Answer, string? Call)
    {
        public void WriteTo(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("role", Answer is null ? "tool" : "assistant");
            writer.WriteString("content", Answer?.Text ?? "ok");
            if (Answer is null)
            {
                writer.WriteString("tool_call_id", Call);
            }
            else
            {
                writer.WriteStartArray("tool_calls");
                foreach (var tool in Answer.Tools)
                {
                    writer.WriteStartObject();
                    writer.WriteString("id", tool.Id);
                    writer.WriteString("type", "function");
                    writer.WriteStartObject("function");
                    writer.WriteString("name", tool.Name);
                    writer.WriteString("arguments", tool.Arguments);
                    writer.WriteEndObject();
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }
    }
}
