using LoopCluster.Engine.Skills;

namespace LoopCluster.Runtime.Skills;

/// <summary>Collects the skills of one source from the bytes of their files, within the bounds of a library.</summary>
internal sealed class SkillReader
{
    /// <summary>As JSON a text has at most three times its bytes: the library stays within its bound.</summary>
    private const int MostRaw = SkillLibrary.MostBytes / 3;

    private readonly List<Skill> _skills = [];
    private readonly List<SkillFault> _faults = [];
    private readonly Dictionary<string, Skill> _byName = new(StringComparer.Ordinal);
    private long _bytes;

    public FoundSkills Found => new(_skills, _faults);

    public void Refuse(string place, string fault) => _faults.Add(new SkillFault(place, fault));

    /// <param name="file">Its path, whose folder the skill is called by.</param>
    /// <param name="place">Its path as it is told.</param>
    public void Take(string file, string place, ReadOnlySpan<byte> content)
    {
        if (SkillFile.Read(content, SkillNames.FolderOf(file), place, out var fault) is not { } skill)
        {
            Refuse(place, fault);
        }
        else if (_byName.TryGetValue(skill.Name, out var other))
        {
            // Repositories keep copies for several agents.
            if (other with { Place = place } != skill)
            {
                Refuse(place, $"is not taken: {other.Place} has the same name");
            }
        }
        else if (_skills.Count == SkillLibrary.MostSkills || _bytes + content.Length > MostRaw)
        {
            Refuse(place, $"is not taken: a library has at most {SkillLibrary.MostSkills} skills and {MostRaw >> 20} MiB");
        }
        else
        {
            _bytes += content.Length;
            _byName.Add(skill.Name, skill);
            _skills.Add(skill);
        }
    }
}
