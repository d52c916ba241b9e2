using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Sandboxes.Ownership;

namespace LoopCluster.Runtime.Sandboxes.Containers;

/// <summary>
/// Makes the places in the workspace where the layer's paths are mounted. The engine would make them as root, and through links that the agent
/// left there; so whatever on the way is no directory is removed first. No container with a call is alive meanwhile.
/// </summary>
internal static class MountPoints
{
    /// <exception cref="ArgumentException">A layer path is not relative, or leads out.</exception>
    public static void Prepare(SandboxShape shape, uint user, uint group)
    {
        foreach (var path in shape.LayerPaths)
        {
            var parts = path.Split('/');
            if (shape.LayerDirectory is null || parts.Any(p => p is "" or "." or ".."))
            {
                throw new ArgumentException($"'{path}' is no path below a layer.", nameof(shape));
            }

            var at = shape.WorkspaceDirectory;
            foreach (var part in parts[..^1])
            {
                at = Path.Combine(at, part);
                MakeDirectory(at, user, group);
            }

            at = Path.Combine(at, parts[^1]);
            if (Directory.Exists(Path.Combine(shape.LayerDirectory, path)))
            {
                MakeDirectory(at, user, group);
            }
            else
            {
                MakeFile(at, user, group);
            }
        }
    }

    private static void MakeDirectory(string path, uint user, uint group)
    {
        if (IsReal(path, FileAttributes.Directory))
        {
            return;
        }

        File.Delete(path);
        Directory.CreateDirectory(path);
        Own(path, user, group);
    }

    private static void MakeFile(string path, uint user, uint group)
    {
        if (IsReal(path, 0))
        {
            return;
        }

        if (IsReal(path, FileAttributes.Directory))
        {
            Directory.Delete(path, recursive: true);
        }

        File.Delete(path);
        using (new FileStream(path, FileMode.CreateNew))
        {
        }

        Own(path, user, group);
    }

    // Attributes are the entry's own: of a link, not of its target.
    private static bool IsReal(string path, FileAttributes kind)
    {
        var info = new FileInfo(path);
        return (int)info.Attributes != -1 && (info.Attributes & (FileAttributes.Directory | FileAttributes.ReparsePoint)) == kind;
    }

    private static void Own(string path, uint user, uint group)
    {
        if (Environment.IsPrivilegedProcess)
        {
            Libc.ChangeOwner(path, user, group);
        }
    }
}
