using System.Buffers;
using System.Text.Json;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Checks;

/// <summary>The smallest request a model can be asked, in its dialect: whether key, address and name are right costs one token.</summary>
public static class ModelProbe
{
    public static ReadOnlyMemory<byte> Write(ModelBinding model, ModelDialect dialect)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("model"u8, model.Model);
            writer.WriteStartArray("messages"u8);
            ContextBuilder.WriteMessage(writer, "user"u8, "Say ok.");
            writer.WriteEndArray();
            DialectWriter.WriteLimits(writer, dialect, maxTokens: 1);
            DialectWriter.WriteExtraBody(writer, dialect);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>As a loop would learn from the refusal; null when it teaches nothing.</summary>
    public static ModelDialect? Learn(ModelDialect dialect, RejectedParameter rejected) =>
        DialectLessons.Learn(dialect, stream: false, rejected);
}
