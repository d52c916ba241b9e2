using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Routing;

/// <summary>Why a request goes to the model it goes to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RouteCause>))]
public enum RouteCause
{
    /// <summary>The spec gives the agent's role this model.</summary>
    [JsonStringEnumMemberName("configured")]
    Configured,

    /// <summary>The spec gives the role none, and so it has the maker's.</summary>
    [JsonStringEnumMemberName("inherited")]
    Inherited,

    /// <summary>The try before brought no reply, and the same model is asked again.</summary>
    [JsonStringEnumMemberName("retried")]
    Retried,

    /// <summary>The try before was refused, and said how the same model wants to be asked.</summary>
    [JsonStringEnumMemberName("taught")]
    Taught,
}
