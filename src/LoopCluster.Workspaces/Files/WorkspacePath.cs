using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Files;

/// <summary>Paths as models write them: relative to the workspace, or absolute as they see it in the sandbox.</summary>
internal static class WorkspacePath
{
    private const string Mount = "/workspace";

    /// <exception cref="WorkspaceFileException">It leads out of the workspace, into git's state, or is no path.</exception>
    public static RawPath Parse(string path)
    {
        var relative =
            path == Mount ? ""
            : path.StartsWith(Mount + "/", StringComparison.Ordinal) ? path[(Mount.Length + 1)..]
            : path;
        if (relative.StartsWith('/'))
        {
            throw new WorkspaceFileException($"'{path}' is outside the workspace; paths are relative to it, for example src/main.py.");
        }

        var result = RawPath.Root;
        foreach (var part in relative.Split('/'))
        {
            var name = RawPath.FromText(part).Bytes;
            if (part is "" or ".")
            {
                continue;
            }

            if (part == "..")
            {
                throw new WorkspaceFileException(
                    $"'{path}' contains '..'; name the file from the workspace's root, for example src/main.py."
                );
            }

            if (part.Contains('\0', StringComparison.Ordinal) || name.Length > Folder.NameLimit)
            {
                throw new WorkspaceFileException("The path holds a NUL character or a name of more than 255 bytes.");
            }

            if (EntryNames.IsDotGit(name))
            {
                throw new WorkspaceFileException(
                    $"'{path}' is git's own state, which is not part of the workspace: changes are recorded by the harness."
                );
            }

            result = result.Child(name);
        }

        return result;
    }

    /// <summary>Each name of the path with the path up to it.</summary>
    public static IEnumerable<(string Name, RawPath At)> Components(RawPath path)
    {
        var at = RawPath.Root;
        foreach (var name in path.IsRoot ? [] : path.Bytes.Split('/'))
        {
            at = at.Child(name);
            yield return (name, at);
        }
    }
}
