using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Ledger;

/// <summary>
/// Reads the four events of a turn by hand: nearly every entry of a long ledger is made of them, and the general reader, which must go through
/// constructor arguments for init-only members, takes about four times as long. What it does not know it passes over, as the general one does.
/// </summary>
internal static class TurnEventReader
{
    /// <summary>Null for any other type. The reader stands at the start of the object, and at its end afterwards.</summary>
    public static LoopEvent? TryRead(ref Utf8JsonReader reader, string type) => type switch
    {
        "model-requested" => ReadModelRequested(ref reader),
        "model-replied" => ReadModelReplied(ref reader),
        "tool-requested" => ReadToolRequested(ref reader),
        "tool-completed" => ReadToolCompleted(ref reader),
        _ => null,
    };

    private static ModelRequested ReadModelRequested(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        string? role = null, model = null, hash = null;
        int? attempt = null, turn = null, @try = null, bytes = null, maxTokens = null;
        Reservation? reserved = null;
        int? clipped = null;
        while (Next(ref reader))
        {
            if (Is(ref reader, "role"u8)) role = reader.GetString();
            else if (Is(ref reader, "model"u8)) model = reader.GetString();
            else if (Is(ref reader, "attempt"u8)) attempt = reader.GetInt32();
            else if (Is(ref reader, "turn"u8)) turn = reader.GetInt32();
            else if (Is(ref reader, "try"u8)) @try = reader.GetInt32();
            else if (Is(ref reader, "requestHash"u8)) hash = reader.GetString();
            else if (Is(ref reader, "requestBytes"u8)) bytes = reader.GetInt32();
            else if (Is(ref reader, "maxTokens"u8)) maxTokens = reader.GetInt32();
            else if (Is(ref reader, "reserved"u8)) reserved = ReadReservation(ref reader);
            else if (Is(ref reader, "clipped"u8)) clipped = reader.TokenType == JsonTokenType.Null ? null : reader.GetInt32();
            else Pass(ref reader);
        }

        return new ModelRequested
        {
            Role = role ?? throw Missing("role"),
            Model = model ?? throw Missing("model"),
            Attempt = attempt ?? throw Missing("attempt"),
            Turn = turn ?? throw Missing("turn"),
            Try = @try ?? throw Missing("try"),
            RequestHash = hash ?? throw Missing("requestHash"),
            RequestBytes = bytes ?? throw Missing("requestBytes"),
            MaxTokens = maxTokens ?? throw Missing("maxTokens"),
            Reserved = reserved ?? throw Missing("reserved"),
            Clipped = clipped,
        };
    }

    private static ModelReplied ReadModelReplied(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        var text = "";
        IReadOnlyList<ToolCall> tools = [];
        ReplyFinish? finish = null;
        Usage? usage = null;
        decimal? cost = null;
        var assumed = false;
        long duration = 0;
        var skipped = 0;
        BlobRef? extra = null;
        while (Next(ref reader))
        {
            if (Is(ref reader, "text"u8)) text = reader.GetString() ?? "";
            else if (Is(ref reader, "tools"u8)) tools = ReadTools(ref reader);
            else if (Is(ref reader, "finish"u8)) finish = ReadFinish(ref reader);
            else if (Is(ref reader, "usage"u8)) usage = ReadUsage(ref reader);
            else if (Is(ref reader, "assumed"u8)) assumed = reader.GetBoolean();
            else if (Is(ref reader, "cost"u8)) cost = reader.GetDecimal();
            else if (Is(ref reader, "durationMs"u8)) duration = reader.GetInt64();
            else if (Is(ref reader, "skipped"u8)) skipped = reader.GetInt32();
            else if (Is(ref reader, "extra"u8)) extra = JsonSerializer.Deserialize(ref reader, EngineJson.Default.BlobRef);
            else Pass(ref reader);
        }

        return new ModelReplied
        {
            Text = text,
            Tools = tools,
            Finish = finish ?? throw Missing("finish"),
            Usage = usage ?? throw Missing("usage"),
            Assumed = assumed,
            Cost = cost ?? throw Missing("cost"),
            DurationMs = duration,
            Skipped = skipped,
            Extra = extra,
        };
    }

    private static ToolRequested ReadToolRequested(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        string? call = null, tool = null, rule = null;
        EffectClass? effect = null;
        double seconds = 0;
        while (Next(ref reader))
        {
            if (Is(ref reader, "call"u8)) call = reader.GetString();
            else if (Is(ref reader, "tool"u8)) tool = reader.GetString();
            else if (Is(ref reader, "class"u8)) effect = ReadClass(ref reader);
            else if (Is(ref reader, "rule"u8)) rule = reader.GetString();
            else if (Is(ref reader, "reservedSeconds"u8)) seconds = reader.GetDouble();
            else Pass(ref reader);
        }

        return new ToolRequested
        {
            Call = call ?? throw Missing("call"),
            Tool = tool ?? throw Missing("tool"),
            Class = effect ?? throw Missing("class"),
            Rule = rule,
            ReservedSeconds = seconds,
        };
    }

    private static ToolCompleted ReadToolCompleted(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        string? call = null, tool = null;
        ToolOutcome? outcome = null;
        int? exitCode = null;
        OutputText? output = null;
        double seconds = 0;
        while (Next(ref reader))
        {
            if (Is(ref reader, "call"u8)) call = reader.GetString();
            else if (Is(ref reader, "tool"u8)) tool = reader.GetString();
            else if (Is(ref reader, "outcome"u8)) outcome = ReadOutcome(ref reader);
            else if (Is(ref reader, "exitCode"u8)) exitCode = reader.TokenType == JsonTokenType.Null ? null : reader.GetInt32();
            else if (Is(ref reader, "output"u8)) output = ReadOutput(ref reader);
            else if (Is(ref reader, "sandboxSeconds"u8)) seconds = reader.GetDouble();
            else Pass(ref reader);
        }

        return new ToolCompleted
        {
            Call = call ?? throw Missing("call"),
            Tool = tool ?? throw Missing("tool"),
            Outcome = outcome ?? throw Missing("outcome"),
            ExitCode = exitCode,
            Output = output ?? throw Missing("output"),
            SandboxSeconds = seconds,
        };
    }

    private static List<ToolCall> ReadTools(ref Utf8JsonReader reader)
    {
        var tools = new List<ToolCall>(1);
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartObject);
            string? id = null, name = null, arguments = null;
            while (Next(ref reader))
            {
                if (Is(ref reader, "id"u8)) id = reader.GetString();
                else if (Is(ref reader, "name"u8)) name = reader.GetString();
                else if (Is(ref reader, "arguments"u8)) arguments = reader.GetString();
                else Pass(ref reader);
            }

            tools.Add(new ToolCall(id ?? throw Missing("id"), name ?? throw Missing("name"), arguments ?? throw Missing("arguments")));
        }

        return tools;
    }

    private static OutputText ReadOutput(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        long? bytes = null;
        string? text = null, head = null, tail = null;
        BlobRef? blob = null;
        while (Next(ref reader))
        {
            if (Is(ref reader, "bytes"u8)) bytes = reader.GetInt64();
            else if (Is(ref reader, "text"u8)) text = reader.GetString();
            else if (Is(ref reader, "blob"u8)) blob = JsonSerializer.Deserialize(ref reader, EngineJson.Default.BlobRef);
            else if (Is(ref reader, "head"u8)) head = reader.GetString();
            else if (Is(ref reader, "tail"u8)) tail = reader.GetString();
            else Pass(ref reader);
        }

        return new OutputText { Bytes = bytes ?? throw Missing("bytes"), Text = text, Blob = blob, Head = head, Tail = tail };
    }

    private static Reservation ReadReservation(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        long tokensIn = 0, tokensOut = 0;
        decimal cost = 0;
        while (Next(ref reader))
        {
            if (Is(ref reader, "tokensIn"u8)) tokensIn = reader.GetInt64();
            else if (Is(ref reader, "tokensOut"u8)) tokensOut = reader.GetInt64();
            else if (Is(ref reader, "cost"u8)) cost = reader.GetDecimal();
            else Pass(ref reader);
        }

        return new Reservation(tokensIn, tokensOut, cost);
    }

    private static Usage ReadUsage(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        long tokensIn = 0, tokensOut = 0, cached = 0;
        while (Next(ref reader))
        {
            if (Is(ref reader, "in"u8)) tokensIn = reader.GetInt64();
            else if (Is(ref reader, "out"u8)) tokensOut = reader.GetInt64();
            else if (Is(ref reader, "cached"u8)) cached = reader.GetInt64();
            else Pass(ref reader);
        }

        return new Usage(tokensIn, tokensOut, cached);
    }

    private static ReplyFinish ReadFinish(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("tool_calls"u8) ? ReplyFinish.ToolCalls
        : reader.ValueTextEquals("stop"u8) ? ReplyFinish.Stop
        : JsonSerializer.Deserialize(ref reader, EngineJson.Default.ReplyFinish);

    private static EffectClass ReadClass(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("workspace"u8) ? EffectClass.Workspace
        : reader.ValueTextEquals("pure"u8) ? EffectClass.Pure
        : JsonSerializer.Deserialize(ref reader, EngineJson.Default.EffectClass);

    private static ToolOutcome ReadOutcome(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("ok"u8) ? ToolOutcome.Ok : JsonSerializer.Deserialize(ref reader, EngineJson.Default.ToolOutcome);

    /// <summary>Moves to the next member's name; false at the end of the object.</summary>
    private static bool Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>True, and the reader at the value, when the member has this name.</summary>
    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();

    private static void Pass(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
        {
            throw new JsonException($"{token} was expected, not {reader.TokenType}");
        }
    }

    private static JsonException Missing(string member) => new($"'{member}' is missing");
}
