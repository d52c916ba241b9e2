using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Proofs;

/// <summary>How statements are written: camelCase, in the order of the records, without what has no value.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(ExitStatement))]
[JsonSerializable(typeof(ExitPredicate))]
internal sealed partial class ProofJson : JsonSerializerContext
{
    /// <summary>Without spaces: the bytes that are hashed and signed.</summary>
    public static readonly ProofJson Exact = new(With(indented: false));

    public static readonly ProofJson Readable = new(With(indented: true));

    private static JsonSerializerOptions With(bool indented) =>
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = indented,
            NewLine = "\n",
        };
}
