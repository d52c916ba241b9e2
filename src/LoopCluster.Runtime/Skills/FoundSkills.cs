using LoopCluster.Engine.Skills;

namespace LoopCluster.Runtime.Skills;

/// <summary>What a folder of skills holds.</summary>
/// <param name="Faults">Files that are no skills, each with the reason.</param>
public sealed record FoundSkills(IReadOnlyList<Skill> Skills, IReadOnlyList<SkillFault> Faults);

public sealed record SkillFault(string Place, string Message)
{
    public override string ToString() => $"{Place} {Message}";
}
