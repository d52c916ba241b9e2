using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Events;

/// <summary>How a command in a sandbox came to its end.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunEnd>))]
public enum RunEnd
{
    [JsonStringEnumMemberName("exited")]
    Exited,

    [JsonStringEnumMemberName("timed-out")]
    TimedOut,

    [JsonStringEnumMemberName("out-of-memory")]
    OutOfMemory,

    /// <summary>By cancel or deadline.</summary>
    [JsonStringEnumMemberName("cut-off")]
    CutOff,

    /// <summary>It was not begun: what was found before said enough.</summary>
    [JsonStringEnumMemberName("not-begun")]
    NotBegun,

    /// <summary>Something under it is broken.</summary>
    [JsonStringEnumMemberName("unavailable")]
    Unavailable,
}
