using LoopCluster.Engine.Skills;

namespace LoopCluster.Bench.Skills;

/// <summary>BM25 as the books write it, over every skill and word, without an index.</summary>
internal static class PlainRanking
{
    public static IReadOnlyList<string> Of(IReadOnlyList<Skill> skills, string query, int most)
    {
        var texts = skills.Select(s => (s.Name, Words: Weighted(s))).ToList();
        var average = texts.Average(t => t.Words.Count);
        var words = query.Split(' ').Distinct().Order(StringComparer.Ordinal).ToList();
        var with = words.ToDictionary(w => w, w => (double)texts.Count(t => t.Words.Contains(w)));
        return
        [
            .. texts
                .Select(t => (t.Name, Score: Math.Round(words.Sum(w => Score(w, t.Words)), 4)))
                .Where(t => t.Score > 0)
                .OrderByDescending(t => t.Score)
                .ThenBy(t => t.Name, StringComparer.Ordinal)
                .Take(most)
                .Select(t => t.Name),
        ];

        double Score(string word, List<string> text)
        {
            double often = text.Count(w => w == word);
            var idf = Math.Log(1 + ((texts.Count - with[word] + 0.5) / (with[word] + 0.5)));
            return idf * often * 2.2 / (often + (1.2 * (0.25 + (0.75 * text.Count / average))));
        }
    }

    private static List<string> Weighted(Skill skill) =>
        [
            .. Enumerable.Repeat(skill.Name.Split('-'), 4).SelectMany(w => w),
            .. Enumerable.Repeat(skill.Description.Split(' '), 2).SelectMany(w => w),
            .. skill.Body.Split(' '),
        ];
}
