using System.Text.Json.Serialization;
using LoopCluster.Engine.Skills;

namespace LoopCluster.Engine.Events;

/// <summary>The skills a loop may be shown, as they were when its base was imported.</summary>
/// <param name="Version">Of <see cref="SkillRules"/>, by which they are chosen.</param>
public sealed record SkillsFound(int Version, IReadOnlyList<SkillShelf> Shelves)
{
    /// <summary>Files that are no skills, each with the reason, the first 20.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];
}

/// <summary>The skills of one source. They are a blob, so that whoever drives the loop has them.</summary>
/// <param name="Content">See <see cref="SkillLibrary"/>.</param>
public sealed record SkillShelf(SkillSource Source, BlobRef Content, int Skills)
{
    /// <summary>What <see cref="Content"/> names, when it is at hand: not in the ledger.</summary>
    [JsonIgnore]
    public SkillLibrary? Library { get; init; }
}

/// <summary>The skills that an attempt is shown, best first; none fits when the list is empty.</summary>
public sealed record SkillsChosen : LoopEvent
{
    public required int Attempt { get; init; }

    /// <summary>Tokens they may have together.</summary>
    public required int Allowance { get; init; }

    /// <summary>What they were counted as.</summary>
    public required int Tokens { get; init; }

    public required IReadOnlyList<ChosenSkill> Chosen { get; init; }
}

public sealed record ChosenSkill
{
    public const int InlineLimit = 1024;

    public required string Name { get; init; }

    public required SkillSource Source { get; init; }

    /// <summary>Where its file is, relative to what it was found in.</summary>
    public required string Place { get; init; }

    public required double Score { get; init; }

    public required string Description { get; init; }

    /// <summary>The body that is shown, as UTF-8. Null: the skill is only named, and may be read.</summary>
    public BlobRef? Body { get; init; }

    [JsonIgnore]
    public bool Shown => Body is not null;

    /// <summary>A shown body of up to 1 KiB; longer ones are in the blob alone.</summary>
    public string? Text { get; init; }

    /// <summary>A longer one, when it is at hand: not in the ledger.</summary>
    [JsonIgnore]
    public string? Content { get; init; }
}
