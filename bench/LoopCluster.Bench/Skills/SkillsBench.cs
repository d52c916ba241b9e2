using System.Diagnostics;
using LoopCluster.Engine.Skills;

namespace LoopCluster.Bench.Skills;

/// <summary>Searching thousands of skills for a goal and a failure, and whether the ranking is that of the plain formula.</summary>
internal static class SkillsBench
{
    private const int Queries = 500;
    private const int Warm = 50;
    private const int Compared = 400;

    public static object Run(int count)
    {
        var corpus = new SkillCorpus(1);
        var skills = corpus.Skills(count);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var library = new SkillLibrary(SkillSource.Server, skills);
        var started = Stopwatch.GetTimestamp();
        SkillSearch.Find([library], corpus.Query(), 40);
        var index = Stopwatch.GetElapsedTime(started);
        var memory = GC.GetTotalMemory(forceFullCollection: true) - before;

        var times = new List<double>(Queries);
        var hits = 0L;
        for (var i = 0; i < Warm + Queries; i++)
        {
            var query = corpus.Query();
            started = Stopwatch.GetTimestamp();
            hits += SkillSearch.Find([library], query, 40).Count;
            if (i >= Warm)
            {
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        times.Sort();
        return new
        {
            skills = count,
            libraryMb = Math.Round(library.ToBytes().Length / 1048576.0, 1),
            indexMs = Math.Round(index.TotalMilliseconds, 1),
            indexMb = Math.Round(memory / 1048576.0, 1),
            queries = Queries,
            hits,
            p50Ms = Math.Round(times[Queries / 2], 3),
            p99Ms = Math.Round(times[Queries * 99 / 100], 3),
            maxMs = Math.Round(times[^1], 3),
            comparedRankings = 20,
            equalRankings = EqualRankings(),
            machine = Measure.Machine(),
        };
    }

    /// <summary>Of 20 queries over a fixed set, so many give the very order of <see cref="PlainRanking"/>.</summary>
    private static int EqualRankings()
    {
        var corpus = new SkillCorpus(2);
        var skills = corpus.Skills(Compared);
        var library = new SkillLibrary(SkillSource.Server, skills);
        return Enumerable
            .Range(0, 20)
            .Select(_ => corpus.Words(20, ' '))
            .Count(q =>
                SkillSearch.Find([library], SkillQuery.Of(q), 25).Select(h => h.Skill.Name).SequenceEqual(PlainRanking.Of(skills, q, 25))
            );
    }
}
