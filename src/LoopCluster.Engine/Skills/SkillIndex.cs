namespace LoopCluster.Engine.Skills;

/// <summary>Which words stand in which skills of one library, and how often. Immutable.</summary>
internal sealed class SkillIndex
{
    /// <summary>A word in the name says more than one in the description, and that more than one in the body.</summary>
    private const int InName = 4;
    private const int InDescription = 2;
    private const int InBody = 1;

    private readonly Dictionary<string, List<SkillPosting>> _postings = new(StringComparer.Ordinal);

    public SkillIndex(IReadOnlyList<Skill> skills)
    {
        Lengths = new int[skills.Count];
        var spans = _postings.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var i = 0; i < skills.Count; i++)
        {
            var (at, weight) = (i, InName);
            void Take(ReadOnlySpan<char> word)
            {
                Lengths[at] += weight;
                if (!spans.TryGetValue(word, out var list))
                {
                    spans[word] = list = new List<SkillPosting>(1);
                }

                if (list.Count > 0 && list[^1].Skill == at)
                {
                    list[^1] = new SkillPosting(at, list[^1].Weight + weight);
                }
                else
                {
                    list.Add(new SkillPosting(at, weight));
                }
            }

            SkillWords.Read(skills[i].Name, Take);
            weight = InDescription;
            SkillWords.Read(skills[i].Description, Take);
            weight = InBody;
            SkillWords.Read(skills[i].Body, Take);
            Total += Lengths[i];
        }
    }

    /// <summary>Weights of all words of each skill.</summary>
    public int[] Lengths { get; }

    public long Total { get; }

    internal List<SkillPosting>? Find(string word) => _postings.GetValueOrDefault(word);
}

/// <param name="Weight">How often the word is there, weighted by where.</param>
internal readonly record struct SkillPosting(int Skill, int Weight);
