using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Skills;

/// <summary>
/// The skills of one source. As bytes it is one skill a line, JSON, sorted by name: equal skills are equal bytes, so that the blob is
/// stored once for all loops. Immutable; its index is made when it is first searched.
/// </summary>
public sealed class SkillLibrary
{
    /// <summary>Skills of one library.</summary>
    public const int MostSkills = 20_000;

    /// <summary>Bytes of one library.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    private readonly Dictionary<string, Skill> _byName;
    private readonly Lazy<SkillIndex> _index;

    /// <param name="skills">Of several with one name the first counts.</param>
    public SkillLibrary(SkillSource source, IEnumerable<Skill> skills)
    {
        Source = source;
        Skills = [.. skills.DistinctBy(s => s.Name, StringComparer.Ordinal).OrderBy(s => s.Name, StringComparer.Ordinal)];
        _byName = Skills.ToDictionary(s => s.Name, StringComparer.Ordinal);
        _index = new Lazy<SkillIndex>(() => new SkillIndex(Skills));
    }

    public SkillSource Source { get; }

    public IReadOnlyList<Skill> Skills { get; }

    internal SkillIndex Index => _index.Value;

    public Skill? Find(string name) => _byName.GetValueOrDefault(name);

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        foreach (var skill in Skills)
        {
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(skill, SkillJson.Plain.Skill));
            stream.WriteByte((byte)'\n');
        }

        return stream.ToArray();
    }

    /// <exception cref="JsonException">It is no library.</exception>
    public static SkillLibrary Read(SkillSource source, ReadOnlySpan<byte> bytes)
    {
        var skills = new List<Skill>();
        foreach (var line in bytes.Split((byte)'\n'))
        {
            if (bytes[line] is { IsEmpty: false } json)
            {
                skills.Add(JsonSerializer.Deserialize(json, SkillJson.Plain.Skill) ?? throw new JsonException("a line is null"));
            }
        }

        return new SkillLibrary(source, skills);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Skill))]
internal sealed partial class SkillJson : JsonSerializerContext
{
    public static SkillJson Plain { get; } =
        new(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                RespectRequiredConstructorParameters = true,
            }
        );
}
