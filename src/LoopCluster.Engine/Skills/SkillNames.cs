namespace LoopCluster.Engine.Skills;

/// <summary>What a skill may be called, and where a repository keeps its own.</summary>
public static class SkillNames
{
    public const string File = "SKILL.md";

    public const int MostName = 64;

    public const int MostDescription = 1024;

    /// <summary>Folders of a repository, the first with a name counts. Ours, and those that other agents read.</summary>
    public static readonly IReadOnlyList<string> Folders = [".agent/skills", ".agents/skills", ".claude/skills", ".github/skills"];

    /// <summary>A folder of skills may have so many levels of categories above a skill's own.</summary>
    public const int MostLevels = 2;

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MostName
        && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
        && name[0] != '-'
        && name[^1] != '-'
        && !name.Contains("--", StringComparison.Ordinal);

    /// <summary>
    /// The skill files among the paths of a tree below <paramref name="folder"/>, sorted: at most <see cref="MostLevels"/> levels down,
    /// and none inside of another skill's folder.
    /// </summary>
    public static IReadOnlyList<string> FilesIn(IEnumerable<string> paths, string folder)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var found = paths
            .Where(p => p.StartsWith(prefix, StringComparison.Ordinal) && p.EndsWith("/" + File, StringComparison.Ordinal))
            .Where(p => p.AsSpan(prefix.Length).Count('/') is >= 1 and <= MostLevels + 1)
            .Order(StringComparer.Ordinal)
            .ToList();
        var homes = found.Select(HomeOf).ToHashSet(StringComparer.Ordinal);
        return [.. found.Where(p => !Above(HomeOf(p), prefix.Length).Any(homes.Contains))];
    }

    /// <summary>The name of the folder that holds a skill's file.</summary>
    public static string FolderOf(string file)
    {
        var home = HomeOf(file);
        return home[(home.LastIndexOf('/') + 1)..];
    }

    private static string HomeOf(string file) => file[..Math.Max(0, file.LastIndexOf('/'))];

    private static IEnumerable<string> Above(string home, int least)
    {
        for (var slash = home.LastIndexOf('/'); slash > least; slash = home.LastIndexOf('/', slash - 1))
        {
            yield return home[..slash];
        }
    }
}
