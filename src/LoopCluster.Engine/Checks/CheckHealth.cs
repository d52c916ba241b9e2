using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Checks;

[JsonConverter(typeof(JsonStringEnumConverter<CheckHealth>))]
public enum CheckHealth
{
    [JsonStringEnumMemberName("good")] Good,

    /// <summary>The loop can be run, but this should be known.</summary>
    [JsonStringEnumMemberName("weak")] Weak,

    /// <summary>A run would end on this.</summary>
    [JsonStringEnumMemberName("bad")] Bad,
}
