namespace LoopCluster.Engine.Skills;

/// <summary>A skill that was found.</summary>
/// <param name="Score">Rounded to four digits, so that it is the same on every machine.</param>
/// <param name="Words">Of the query's, so many stand in it.</param>
public sealed record SkillHit(SkillSource Source, Skill Skill, double Score, int Words);
