using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>A base, a gate and a change as path and text, and what the guard says of them.</summary>
internal sealed class GuardBench
{
    private GuardBench(Protection protection, GuardReview review, IReadOnlyList<GuardedFile> files)
    {
        Protection = protection;
        Steering = [.. review.Steering.Order(StringComparer.Ordinal)];
        Restored = [.. review.Restored.Select(i => files[i].Path).Order(StringComparer.Ordinal)];
    }

    public Protection Protection { get; }

    public IReadOnlyList<string> Steering { get; }

    public IReadOnlyList<string> Restored { get; }

    /// <param name="start"><c>path</c> or <c>path=text</c>, separated by blanks; <c>~</c> in a text is a new line and <c>%</c> a
    /// blank.</param>
    /// <param name="change">As <paramref name="start"/>: <c>-path</c> deletes, <c>path@</c> is a link.</param>
    public static GuardBench Judge(
        string run,
        string start,
        string change,
        string[]? protect = null,
        string[]? steer = null,
        bool reviews = false
    )
    {
        var original = Parse(start);
        var after = new Dictionary<string, string>(original);
        foreach (var (path, text) in Parse(change))
        {
            if (path.StartsWith('-'))
            {
                after.Remove(path[1..]);
            }
            else
            {
                after[path.TrimEnd('@')] = path.EndsWith('@') ? "@" : text;
            }
        }

        var protection = Plan(run, original);
        var files = original
            .Keys.Union(after.Keys)
            .Select(path =>
            {
                var (before, now) = (original.GetValueOrDefault(path), after.GetValueOrDefault(path));
                return new GuardedFile(path, before is not null, now is not null, before != now, (now ?? before) == "@", before, now);
            })
            .ToList();
        return new GuardBench(protection, new GateGuard(protect ?? [], protection, steer ?? [], reviews).Review(files), files);
    }

    public static Protection Plan(string run, Dictionary<string, string> original)
    {
        var texts = new Dictionary<string, string?>();
        var gate = new CommandGate { Name = "tests", Run = run };
        while (true)
        {
            var protection = ProtectionPlan.Make([.. original.Keys], [gate], texts, out var wanted);
            if (wanted.Count == 0)
            {
                return protection;
            }

            foreach (var path in wanted)
            {
                texts[path] = original[path];
            }
        }
    }

    public static Dictionary<string, string> Parse(string files) =>
        files
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(f => f.Split('=', 2))
            .ToDictionary(f => f[0], f => f.Length > 1 ? f[1].Replace('~', '\n').Replace('%', ' ') : "text of " + f[0]);
}
