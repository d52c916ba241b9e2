using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Loops;

/// <summary>Names one loop: 1 to 64 characters of <c>a-z 0-9 -</c>, so that it is safe as a file name, a branch and a label.</summary>
[JsonConverter(typeof(LoopIdJsonConverter))]
public readonly record struct LoopId(string Value)
{
    public static bool TryParse(string? text, out LoopId id)
    {
        id = new LoopId(text ?? "");
        return text is { Length: > 0 and <= 64 } && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-') && text[0] != '-';
    }

    public override string ToString() => Value;
}

public sealed class LoopIdJsonConverter : JsonConverter<LoopId>
{
    public override LoopId Read(
        ref System.Text.Json.Utf8JsonReader reader,
        Type typeToConvert,
        System.Text.Json.JsonSerializerOptions options
    ) => LoopId.TryParse(reader.GetString(), out var id) ? id : throw new System.Text.Json.JsonException("not a loop id");

    public override void Write(System.Text.Json.Utf8JsonWriter writer, LoopId value, System.Text.Json.JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
