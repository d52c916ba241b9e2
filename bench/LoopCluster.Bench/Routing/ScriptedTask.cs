namespace LoopCluster.Bench.Routing;

/// <summary>
/// One task: tests that fail, and who can mend which. Chance is a hash of task, attempt, round, test and tier, so every policy meets the
/// same luck.
/// </summary>
internal sealed class ScriptedTask(CostModel model, int seed, int number)
{
    private readonly int _tests = 1 + (int)(Chance(seed, number, 1) * model.MostTests);

    /// <summary>0: the cheap tier can; 1: only the dear one; 2: nobody.</summary>
    private int Difficulty =>
        Chance(seed, number, 2) is var drawn && drawn < model.CheapSolves ? 0
        : drawn < model.CheapSolves + ((1 - model.CheapSolves) * model.DearSolvesOfTheRest) ? 1
        : 2;

    public int Number => number;

    /// <summary>Tests that fail on the base.</summary>
    public IReadOnlyList<int> Failing => [.. Enumerable.Range(0, _tests)];

    /// <summary>Turns of reading before an edit.</summary>
    public int Reads(int attempt, int round) => 1 + (int)(Chance(seed, number, 3, attempt, round) * model.MostReads);

    /// <summary>Tokens about the mean: half to one and a half.</summary>
    public int About(int mean, int turn, int what) => (int)(mean * (0.5 + Chance(seed, number, 4 + what, turn)));

    /// <summary>The tests that fail after an edit. In a task that is hard the last test is the hard one.</summary>
    public IReadOnlyList<int> After(IReadOnlyList<int> failing, int attempt, int round, bool dear) =>
        [
            .. failing.Where(test =>
            {
                var hard = test == _tests - 1 ? Difficulty : 0;
                var can = hard == 0 || (hard == 1 && dear);
                return !can || Chance(seed, number, 9, attempt, round, test, dear ? 1 : 0) >= (dear ? model.DearMends : model.CheapMends);
            }),
        ];

    private static double Chance(params ReadOnlySpan<int> parts)
    {
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var part in parts)
        {
            hash ^= (uint)part + 0x9E3779B97F4A7C15UL + (hash << 6) + (hash >> 2);
            hash *= 0xff51afd7ed558ccdUL;
            hash ^= hash >> 33;
            hash *= 0xc4ceb9fe1a85ec53UL;
            hash ^= hash >> 33;
        }

        return (hash >> 11) / (double)(1UL << 53);
    }
}
