using LoopCluster.Engine.Gates;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Gates;

/// <summary>
/// The tree a gate runs on, made of entries: what is protected comes from the base, whatever the change put there, above it or below it.
/// Only of the few files that mix what steers a runner with other things is the text looked at.
/// </summary>
internal static class GateTreeBuilder
{
    /// <summary>Bytes of a file whose text is looked at; a longer one counts as steering as a whole.</summary>
    public const int MostText = 512 * 1024;

    /// <summary>Bytes of all of them together; what comes after counts as steering as a whole.</summary>
    public const long MostTexts = 64 * 1024 * 1024;

    /// <summary>Blobs whose text <see cref="Build"/> wants.</summary>
    public static IReadOnlyList<ObjectId> Wanted(TreeListing original, TreeListing change, GateGuard guard)
    {
        var ids = new List<ObjectId>();
        foreach (var path in change.Paths)
        {
            var isOld = original.TryGet(path, out var before);
            var after = change[path];
            if ((isOld && before == after) || !after.IsFile || !guard.WantsText(path.ToString(), after.IsExecutable))
            {
                continue;
            }

            ids.Add(after.Id);
            if (isOld && before.IsFile)
            {
                ids.Add(before.Id);
            }
        }

        return [.. ids.Distinct()];
    }

    /// <summary>
    /// The leaves of the gate's tree, the paths where that differs from the change, and those that the change must not have.
    /// </summary>
    public static (TreeListing Tree, IReadOnlyList<RawPath> Restored, IReadOnlyList<string> Steering) Build(
        TreeListing original,
        TreeListing change,
        GateGuard guard,
        IReadOnlyDictionary<ObjectId, string?>? texts = null
    )
    {
        RawPath[] paths = [.. original.Paths.Union(change.Paths)];
        var review = guard.Review([.. paths.Select(Describe)]);
        var result = change.Paths.ToDictionary(p => p, p => change[p]);
        foreach (var index in review.Restored)
        {
            _ = result.Remove(paths[index]);
        }

        foreach (var index in review.Restored)
        {
            if (original.TryGet(paths[index], out var entry))
            {
                Restore(paths[index], entry);
            }
        }

        var tree = TreeListing.From(result);
        var restored = new SortedSet<RawPath>();
        restored.UnionWith(change.Paths.Where(p => !tree.TryGet(p, out var entry) || entry != change[p]));
        restored.UnionWith(tree.Paths.Where(p => !change.TryGet(p, out _)));
        return (tree, [.. restored], review.Steering);

        GuardedFile Describe(RawPath path)
        {
            var inBase = original.TryGet(path, out var before);
            var inChange = change.TryGet(path, out var after);
            var isChanged = inBase != inChange || before != after;
            return new GuardedFile(
                path.ToString(),
                inBase,
                inChange,
                isChanged,
                inChange ? after.IsLink : before.IsLink,
                inBase ? TextOf(before) : null,
                inChange ? TextOf(after) : null
            )
            {
                // One that is too long to be looked at is no text as far as anybody knows.
                IsBinary =
                    isChanged
                    && inChange
                    && after.IsExecutable
                    && texts?.TryGetValue(after.Id, out var text) == true
                    && text?.Contains('\0', StringComparison.Ordinal) != false,
            };
        }

        string? TextOf(TreeEntry entry) => entry.IsFile ? texts?.GetValueOrDefault(entry.Id) : null;

        void Restore(RawPath path, TreeEntry entry)
        {
            // A file or link where the base has a directory.
            for (var above = path.Parent; !above.IsRoot; above = above.Parent)
            {
                _ = result.Remove(above);
            }

            // A directory where the base has a file.
            if (change.HasFolder(path))
            {
                foreach (var below in change.Paths.Where(p => p.IsBelow(path)))
                {
                    _ = result.Remove(below);
                }
            }

            result[path] = entry;
        }
    }
}
