namespace LoopCluster.Engine.Skills;

/// <summary>
/// BM25 (k1 1.2, b 0.75; idf ln(1 + (N - n + 0.5) / (n + 0.5))) over name, description and body as one field in which a word of the name
/// counts four times and one of the description twice. A word of the query counts once a text, times the text's weight. All libraries are
/// one collection; of a name that several have, only the nearest one's is found.
/// </summary>
public static class SkillSearch
{
    private const double K1 = 1.2;
    private const double B = 0.75;
    private const int Digits = 4;

    /// <summary>The best, best first; equal ones by source and then by name.</summary>
    /// <param name="libraries">In any order.</param>
    public static IReadOnlyList<SkillHit> Find(IReadOnlyList<SkillLibrary> libraries, SkillQuery query, int most)
    {
        var near = libraries.OrderBy(l => l.Source).ToList();
        var count = near.Sum(l => l.Skills.Count);
        if (count == 0)
        {
            return [];
        }

        var average = Math.Max(1.0, near.Sum(l => l.Index.Total) / (double)count);
        var words = WordsOf(near, query);
        var found = new List<SkillHit>(most + 1);
        foreach (var library in near)
        {
            var scores = new double[library.Skills.Count];
            var matches = new int[library.Skills.Count];
            var norms = Array.ConvertAll(library.Index.Lengths, length => K1 * (1 - B + (B * length / average)));
            foreach (var (word, weight, n) in words)
            {
                var idf = Math.Log(1 + ((count - n + 0.5) / (n + 0.5))) * weight * (K1 + 1);
                foreach (var posting in library.Index.Find(word) ?? [])
                {
                    scores[posting.Skill] += idf * posting.Weight / (posting.Weight + norms[posting.Skill]);
                    matches[posting.Skill]++;
                }
            }

            for (var i = 0; i < scores.Length; i++)
            {
                var score = Math.Round(scores[i], Digits);
                if (score > 0 && (found.Count < most || score > found[^1].Score) && !IsShadowed(near, library, library.Skills[i].Name))
                {
                    Insert(found, new SkillHit(library.Source, library.Skills[i], score, matches[i]), most);
                }
            }
        }

        return found;
    }

    /// <summary>The nearest skill of this name.</summary>
    public static SkillHit? Named(IEnumerable<SkillLibrary> libraries, string name) =>
        libraries
            .OrderBy(l => l.Source)
            .Select(l => l.Find(name) is { } skill ? new SkillHit(l.Source, skill, 0, 0) : null)
            .FirstOrDefault(hit => hit is not null);

    /// <summary>
    /// The words that count with the sum of their weights and how many skills have them, in ordinal order: sums of the same figures in
    /// the same order are the same.
    /// </summary>
    private static List<(string Word, double Weight, int Skills)> WordsOf(List<SkillLibrary> libraries, SkillQuery query)
    {
        var known = new SortedDictionary<string, (double Weight, int Skills)>(StringComparer.Ordinal);
        foreach (var part in query.Parts)
        {
            var rarest = SkillWords
                .Of(part.Text)
                .Select(word => (Word: word, Skills: libraries.Sum(l => l.Index.Find(word)?.Count ?? 0)))
                .Where(w => w.Skills > 0)
                .OrderBy(w => w.Skills)
                .ThenBy(w => w.Word, StringComparer.Ordinal)
                .Take(SkillQuery.MostWords);
            foreach (var (word, skills) in rarest)
            {
                known[word] = (known.GetValueOrDefault(word).Weight + part.Weight, skills);
            }
        }

        return [.. known.Select(k => (k.Key, k.Value.Weight, k.Value.Skills))];
    }

    private static bool IsShadowed(List<SkillLibrary> near, SkillLibrary library, string name)
    {
        foreach (var nearer in near)
        {
            if (ReferenceEquals(nearer, library))
            {
                return false;
            }

            if (nearer.Find(name) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Behind all that are as good: they come in order of source and name.</summary>
    private static void Insert(List<SkillHit> found, SkillHit hit, int most)
    {
        var at = found.Count;
        while (at > 0 && found[at - 1].Score < hit.Score)
        {
            at--;
        }

        found.Insert(at, hit);
        if (found.Count > most)
        {
            found.RemoveAt(most);
        }
    }
}
