using LoopCluster.Engine.Skills;

namespace LoopCluster.Engine.Tests.Skills;

/// <summary>BM25 as the books write it, over every skill and word, with no index: slow and plainly right.</summary>
internal static class ReferenceRanking
{
    /// <param name="near">Nearest first; a query of at most <see cref="SkillQuery.MostWords"/> known words.</param>
    public static IReadOnlyList<SkillHit> Of(IReadOnlyList<SkillLibrary> near, string query)
    {
        var all = near.SelectMany(l => l.Skills.Select(s => (l.Source, Skill: s, Words: Weighted(s)))).ToList();
        var average = all.Average(s => s.Words.Count);
        var words = Words(query).Distinct().Order(StringComparer.Ordinal).ToList();
        var seen = new HashSet<string>();
        return
        [
            .. all.Where(s => seen.Add(s.Skill.Name))
                .Select(s => new SkillHit(
                    s.Source,
                    s.Skill,
                    Math.Round(words.Sum(w => Score(w, s.Words)), 4),
                    words.Count(s.Words.Contains)
                ))
                .Where(h => h.Score > 0)
                .OrderByDescending(h => h.Score)
                .ThenBy(h => h.Source)
                .ThenBy(h => h.Skill.Name, StringComparer.Ordinal),
        ];

        double Score(string word, List<string> text)
        {
            double with = all.Count(s => s.Words.Contains(word));
            double frequency = text.Count(w => w == word);
            var idf = Math.Log(1 + ((all.Count - with + 0.5) / (with + 0.5)));
            return idf * frequency * (1.2 + 1) / (frequency + (1.2 * (1 - 0.75 + (0.75 * text.Count / average))));
        }
    }

    /// <summary>A word of the name is there four times, one of the description twice.</summary>
    private static List<string> Weighted(Skill skill) =>
        [
            .. Enumerable.Repeat(Words(skill.Name), 4).SelectMany(w => w),
            .. Enumerable.Repeat(Words(skill.Description), 2).SelectMany(w => w),
            .. Words(skill.Body),
        ];

    /// <summary>For texts of plain lower-case words.</summary>
    private static List<string> Words(string text) =>
        [
            .. text.Split([' ', '-', '.', ',', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(w => w.ToLowerInvariant())
                .Where(w => w is not ("it" or "do" or "too")),
        ];
}
