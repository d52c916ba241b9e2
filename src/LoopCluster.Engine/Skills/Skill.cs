namespace LoopCluster.Engine.Skills;

/// <summary>
/// A guide to a kind of work, as its <c>SKILL.md</c> says it. It is text for a model and nothing else: it grants nothing.
/// </summary>
/// <param name="Name">1 to 64 of a-z, 0-9 and -.</param>
/// <param name="Body">What stands below the front matter.</param>
/// <param name="Place">Where its file is, relative to the folder or tree it was found in.</param>
public sealed record Skill(string Name, string Description, string Body, string Place);
