using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Skills;

/// <summary>Where skills come from, nearest to the task first: of two with one name the nearer one counts.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SkillSource>))]
public enum SkillSource
{
    /// <summary>Folders that the spec names.</summary>
    [JsonStringEnumMemberName("spec")]
    Spec,

    /// <summary>The repository's own, as of the base commit.</summary>
    [JsonStringEnumMemberName("repository")]
    Repository,

    /// <summary>The folder <c>skills</c> in the data directory.</summary>
    [JsonStringEnumMemberName("server")]
    Server,
}
