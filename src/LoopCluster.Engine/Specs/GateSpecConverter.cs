using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Specs;

/// <summary>Gates as they stand in a ledger: their kind is told by what they have, as in a spec, so a command gate needs no mark.</summary>
internal sealed class GateSpecConverter : JsonConverter<GateSpec>
{
    public override GateSpec? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IsJudge(reader)
            ? JsonSerializer.Deserialize(ref reader, EngineJson.Default.JudgeGate)
            : JsonSerializer.Deserialize(ref reader, EngineJson.Default.CommandGate);

    public override void Write(Utf8JsonWriter writer, GateSpec value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case CommandGate command:
                JsonSerializer.Serialize(writer, command, EngineJson.Default.CommandGate);
                break;
            case JudgeGate judge:
                JsonSerializer.Serialize(writer, judge, EngineJson.Default.JudgeGate);
                break;
            default:
                throw new UnreachableException($"{value.GetType().Name} is no gate that a ledger can hold");
        }
    }

    /// <summary>Looks ahead in a copy of the reader.</summary>
    private static bool IsJudge(Utf8JsonReader ahead)
    {
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            if (ahead.ValueTextEquals("judge"u8))
            {
                return true;
            }

            ahead.Skip();
        }

        return false;
    }
}
