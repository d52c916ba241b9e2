using LoopCluster.Runtime.Linux;

namespace LoopCluster.Workspaces.Files;

/// <summary>
/// Deletes what an agent left, however it is nested or locked up. Directories deeper than <see cref="Depth"/> are moved up beside the first
/// one and deleted from there, so neither the stack nor the count of open files depends on the agent.
/// </summary>
internal static class FolderRemoval
{
    private const int Depth = 64;

    /// <summary>
    /// Deletes a name and everything below it; success when there is none. <paramref name="folder"/> also serves as the place deep
    /// directories move to.
    /// </summary>
    public static void Remove(Folder folder, string name, CancellationToken cancellationToken)
    {
        var moved = new Stack<string>();
        moved.Push(name);
        while (moved.TryPop(out var next))
        {
            Remove(folder, next, folder, 0, moved, cancellationToken);
        }
    }

    private static void Remove(Folder parent, string name, Folder top, int depth, Stack<string> moved, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var error = parent.TryRemoveFile(name);
        if (error is 0 or Errno.NoEntry)
        {
            return;
        }

        if (error is not (Errno.IsDirectory or Errno.NotPermitted))
        {
            throw Folder.Fault(error, "delete", name);
        }

        // The agent may have taken the permissions we need to look inside or to move it.
        _ = parent.TryChangeMode(name, 0x1C0);
        if (depth >= Depth)
        {
            var place = $".loopcluster-removed-{Guid.NewGuid():N}";
            error = parent.TryMove(name, top, place);
            if (error != 0)
            {
                throw Folder.Fault(error, "move for deletion", name);
            }

            moved.Push(place);
            return;
        }

        using (var folder = parent.OpenFolder(name))
        {
            foreach (var child in folder.ReadNames())
            {
                Remove(folder, child, top, depth + 1, moved, cancellationToken);
            }
        }

        error = parent.TryRemoveFolder(name);
        if (error == Errno.NotEmpty)
        {
            // Deleting while listing may skip names on some file systems: look again.
            Remove(parent, name, top, depth, moved, cancellationToken);
        }
        else if (error is not (0 or Errno.NoEntry))
        {
            throw Folder.Fault(error, "delete", name);
        }
    }
}
