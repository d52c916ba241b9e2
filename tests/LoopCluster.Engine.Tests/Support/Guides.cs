using LoopCluster.Engine.Events;
using LoopCluster.Engine.Skills;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Skills to find and to be shown.</summary>
internal static class Guides
{
    public static readonly IReadOnlyList<Skill> All =
    [
        Of(
            "fix-python-tests",
            "How to make failing Python tests pass. Use when pytest or unittest is red.",
            "Run the tests. Read the traceback."
        ),
        Of("release-notes", "Writes release notes from the commits since the last tag.", "Collect the commits and group them by kind."),
        Of(
            "sql-migrations",
            "Writes and checks migrations of a PostgreSQL schema.",
            "Every migration has a way back. Tests run against a copy."
        ),
        Of("tests-in-go", "How to write table tests in Go.", "Name each case. Make the tests parallel where they share nothing."),
        Of("css-layout", "Lays pages out with grid and flexbox.", "Prefer grid for two dimensions."),
    ];

    public static Skill Of(string name, string description, string body = "Do it well.", string? place = null) =>
        new(name, description, body, place ?? $"{name}/SKILL.md");

    public static SkillLibrary Library(params Skill[] skills) => new(SkillSource.Repository, skills.Length == 0 ? All : skills);

    /// <param name="libraries">By value beside what the ledger keeps, as a driver has them.</param>
    public static SkillsFound Found(params SkillLibrary[] libraries) =>
        new(SkillRules.Version, [.. libraries.Select(l => new SkillShelf(l.Source, Sample.Blob(l.Source.ToString()), l.Skills.Count))]);

    /// <summary>In the first attempt, its skills due.</summary>
    public static History Due(params SkillLibrary[] libraries) =>
        History.InAttempt(Sample.Created(Sample.Spec()), Sample.Imported with { Skills = Found(libraries) });
}
