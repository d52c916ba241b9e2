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

    /// <summary>One tier up: two attempts in a row failed with the same signature.</summary>
    [JsonStringEnumMemberName("same-failure")]
    SameFailure,

    /// <summary>One tier up, where the loop would have ended as stuck.</summary>
    [JsonStringEnumMemberName("stuck")]
    Stuck,

    /// <summary>One tier up: some turns brought the gate's tests no further.</summary>
    [JsonStringEnumMemberName("no-progress")]
    NoProgress,

    /// <summary>One tier down: the gates' results got better.</summary>
    [JsonStringEnumMemberName("progress")]
    Progress,

    /// <summary>A cheaper tier: what is left does not pay for a request of the other.</summary>
    [JsonStringEnumMemberName("budget")]
    Budget,

    /// <summary>Another tier: the request does not fit the window of the other.</summary>
    [JsonStringEnumMemberName("window")]
    Window,

    /// <summary>Another model of the tier: those before it failed.</summary>
    [JsonStringEnumMemberName("fallback")]
    Fallback,
}
