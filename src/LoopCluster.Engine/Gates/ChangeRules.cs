using System.Globalization;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>What <c>changes</c> of the spec lets a change touch.</summary>
public static class ChangeRules
{
    private const int MostNamed = 100;

    /// <summary>Names the paths the spec does not let the change touch, and keeps the lists short.</summary>
    /// <param name="commit">With every path that differs from the base, sorted.</param>
    public static WorkspaceCommitted Judge(ChangeLimits limits, WorkspaceCommitted commit) =>
        commit with
        {
            Violations = [.. Violations(limits, commit.Changed).Take(MostNamed)],
            Changed = commit.Changed.Count <= MostNamed ? commit.Changed : [.. commit.Changed.Take(MostNamed)],
        };

    /// <summary>
    /// What is wrong with a recorded commit, or null. Both lists are the first of sorted ones: what the first paths violate is among the
    /// first violations.
    /// </summary>
    public static string? Fault(ChangeLimits limits, WorkspaceCommitted e)
    {
        var named = e.Violations.ToHashSet(StringComparer.Ordinal);
        var wrong = Violations(limits, e.Changed)
            .Where(path => !named.Contains(path))
            .Concat(e.Violations.Except(Violations(limits, e.Violations), StringComparer.Ordinal))
            .FirstOrDefault();
        return wrong is null ? null : $"whether the change may touch '{wrong}' is recorded otherwise than 'changes' says";
    }

    /// <summary>Why the change cannot be what was asked for, or null.</summary>
    public static string? Refusal(ChangeLimits limits, WorkspacePosition workspace) =>
        workspace switch
        {
            { Violations: [_, ..] paths } => $"the change touches paths the task does not allow: {string.Join(", ", paths.Take(20))}",
            _ when workspace.Files > limits.MaxFiles => string.Create(
                CultureInfo.InvariantCulture,
                $"the change touches {workspace.Files} files; {limits.MaxFiles} are allowed"
            ),
            _ when workspace.Lines > limits.MaxLines => string.Create(
                CultureInfo.InvariantCulture,
                $"the change has {workspace.Lines} added and removed lines; {limits.MaxLines} are allowed"
            ),
            _ => null,
        };

    private static IEnumerable<string> Violations(ChangeLimits limits, IReadOnlyList<string> paths)
    {
        if (limits.Allow.Count == 0 && limits.Deny.Count == 0)
        {
            return [];
        }

        var allow = limits.Allow.Select(PathGlob.Parse).ToArray();
        var deny = limits.Deny.Select(PathGlob.Parse).ToArray();
        return paths.Where(p => (allow.Length > 0 && !allow.Any(g => g.IsMatch(p))) || deny.Any(g => g.IsMatch(p)));
    }
}
