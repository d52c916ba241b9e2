using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Reports;

/// <summary>What a person says of a verified loop afterwards.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReviewVerdict>))]
public enum ReviewVerdict
{
    /// <summary>The gates were right.</summary>
    [JsonStringEnumMemberName("accepted")]
    Accepted,

    /// <summary>They should not have passed.</summary>
    [JsonStringEnumMemberName("rejected")]
    Rejected,
}
