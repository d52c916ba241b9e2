using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Loops;

/// <summary>The five stages of a loop, as the ledger names them.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LoopStage>))]
public enum LoopStage
{
    /// <summary>Prepare the base and run every gate on it, before a token is spent.</summary>
    [JsonStringEnumMemberName("discover")]
    Discover,

    /// <summary>One reply of the planning model, when the spec asks for a plan.</summary>
    [JsonStringEnumMemberName("plan")]
    Plan,

    /// <summary>Turns of model and tools until the attempt claims to be finished.</summary>
    [JsonStringEnumMemberName("execute")]
    Execute,

    /// <summary>The gates decide, in a clean room.</summary>
    [JsonStringEnumMemberName("verify")]
    Verify,

    /// <summary>The failed attempt is recorded and its raw output goes to the next.</summary>
    [JsonStringEnumMemberName("iterate")]
    Iterate,
}
