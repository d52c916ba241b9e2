using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;

namespace LoopCluster.Client;

/// <summary>Requests and answers of the HTTP API as JSON.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(MessageRequest))]
[JsonSerializable(typeof(ApproveRequest))]
[JsonSerializable(typeof(ForkRequest))]
[JsonSerializable(typeof(OwnerForkRequest))]
[JsonSerializable(typeof(LoopList))]
[JsonSerializable(typeof(LoopName))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ReviewRequest))]
[JsonSerializable(typeof(ReviewList))]
[JsonSerializable(typeof(ReviewItem))]
[JsonSerializable(typeof(GateList))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(LifeReport))]
[JsonSerializable(typeof(ReadinessReport))]
public sealed partial class WireJson : JsonSerializerContext;
