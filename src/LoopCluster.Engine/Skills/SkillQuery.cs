namespace LoopCluster.Engine.Skills;

/// <summary>What skills are searched by: texts, each with the weight that its words have.</summary>
public sealed record SkillQuery(IReadOnlyList<SkillQuery.Part> Parts)
{
    /// <summary>Words of one text that count: the rarest. A long output would else take longer than the rest of the turn.</summary>
    public const int MostWords = 48;

    public static SkillQuery Of(string text) => new([new Part(text, 1)]);

    public sealed record Part(string Text, double Weight);
}
