using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Plans;

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class PlanJson : JsonSerializerContext;
