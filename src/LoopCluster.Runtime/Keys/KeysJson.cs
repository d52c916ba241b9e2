using System.Text.Json.Serialization;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Keys;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(ApiKey))]
internal sealed partial class KeysJson : JsonSerializerContext;
