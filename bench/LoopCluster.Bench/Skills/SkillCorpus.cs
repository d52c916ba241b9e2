using LoopCluster.Engine.Skills;

namespace LoopCluster.Bench.Skills;

/// <summary>Skills and queries whose words are as uneven as those of a language: the n-th commonest is there 1/n as often.</summary>
internal sealed class SkillCorpus(int seed)
{
    private const int Vocabulary = 20_000;

    private readonly Random _random = new(seed);
    private readonly double[] _sums = Sums();

    public IReadOnlyList<Skill> Skills(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Skill($"{Words(2, '-')}-{i}", Words(20, ' '), Words(300, ' '), $"{i}/SKILL.md"))];

    /// <summary>A goal of two sentences, and the end of a test run.</summary>
    public SkillQuery Query() => new([new SkillQuery.Part(Words(25, ' '), 1), new SkillQuery.Part(Words(400, ' '), 0.5)]);

    public string Words(int count, char between) => string.Join(between, Enumerable.Range(0, count).Select(_ => Word()));

    private string Word()
    {
        var at = Array.BinarySearch(_sums, _random.NextDouble() * _sums[^1]);
        var n = at < 0 ? ~at : at;
        // Letters alone, none of which ends as a plural does.
        Span<char> letters = ['w', Letter(n), Letter(n / 20), Letter(n / 400), Letter(n / 8000)];
        return new string(letters);
    }

    private static char Letter(int n) => "abcdefghijklmnopqrtu"[n % 20];

    private static double[] Sums()
    {
        var sums = new double[Vocabulary];
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] = (i == 0 ? 0 : sums[i - 1]) + (1.0 / (i + 1));
        }

        return sums;
    }
}
