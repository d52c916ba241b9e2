using System.Text.Json;

namespace LoopCluster.Engine.Specs;

public static partial class LoopSpecReader
{
    private const int MostSkillFolders = 32;

    /// <summary><c>none</c>, a folder, a list of folders, or <c>{ from, tokens, most }</c>.</summary>
    private static SkillsSpec? ReadSkills(SpecObject document, SpecOrigin origin)
    {
        if (document.Is("skills", "none"))
        {
            return new SkillsSpec { None = true };
        }

        if (document.Value("skills") is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return new SkillsSpec { From = ReadFolders(document, "skills", origin) };
        }

        var defaults = new SkillsSpec();
        var skills = document.Object("skills")!;
        var read = new SkillsSpec
        {
            From = ReadFolders(skills, "from", origin),
            Tokens = skills.Integer("tokens", 100, 100_000) ?? defaults.Tokens,
            Most = skills.Integer("most", 0, 20) ?? defaults.Most,
        };
        skills.Close();
        return read;
    }

    private static IReadOnlyList<string> ReadFolders(SpecObject holder, string key, SpecOrigin origin)
    {
        if (holder.Value(key) is not { ValueKind: JsonValueKind.Array })
        {
            return holder.Text(key, 4 * KiB) is { } one && SkillFolder(one, holder.At(key), origin, holder.Faults) is { } folder
                ? [folder]
                : [];
        }

        return
        [
            .. holder
                .Array(key, MostSkillFolders)
                .Select(item =>
                    SpecObject.Text(item.Value, item.Path, 4 * KiB, holder.Faults, null) is { } text
                        ? SkillFolder(text, item.Path, origin, holder.Faults)
                        : null
                )
                .OfType<string>(),
        ];
    }

    private static string? SkillFolder(string path, string at, SpecOrigin origin, SpecFaults faults)
    {
        if (origin.Directory is not null)
        {
            return LocalPath(path, at, origin, faults);
        }

        faults.AddLocalPath(
            at,
            "a spec sent over the network must not name a local folder: keep skills in the repository (.agent/skills) or in the server's data directory"
        );
        return null;
    }
}
