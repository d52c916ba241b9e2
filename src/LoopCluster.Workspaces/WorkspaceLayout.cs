using LoopCluster.Engine.Loops;

namespace LoopCluster.Workspaces;

/// <summary>Where things lie in the data directory. Directories are private to the server: sandboxes get theirs by mount.</summary>
internal sealed class WorkspaceLayout(string data)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Data => data;

    /// <summary>Of prepared layers; a loop's name has no dot, so it never meets a loop's own directory. It need not exist.</summary>
    public string Layers => Path.Combine(data, "work", ".layers", "prepared");

    /// <summary>The loop's bare repository. It need not exist.</summary>
    public string Repository(LoopId loop) => Path.Combine(MakePrivate("repos"), $"{Safe(loop)}.git");

    /// <summary>For a repository that is being imported; no loop's name begins with a dot. It does not exist yet.</summary>
    public string NewImport() => Path.Combine(MakePrivate("repos"), $".{Guid.NewGuid():N}.git");

    /// <summary>The loop's directory for working files, made when missing.</summary>
    public string Work(LoopId loop) => MakePrivate("work", Safe(loop));

    /// <summary>The directory that is mounted. It need not exist.</summary>
    public string Tree(LoopId loop) => Path.Combine(Work(loop), "tree");

    public string NewRoom(LoopId loop) => Path.Combine(Work(loop), $"room-{Guid.NewGuid():N}");

    /// <summary>For a repository that is made only to be read. It does not exist yet.</summary>
    public string NewReading() => Path.Combine(MakePrivate("work", ".reading"), $"{Guid.NewGuid():N}.git");

    /// <summary>A temporary file that belongs to no loop yet.</summary>
    public string NewTemporaryFile() => Path.Combine(MakePrivate("repos"), $".{Guid.NewGuid():N}.tmp");

    public string NewTemporaryFile(LoopId loop) => Path.Combine(Work(loop), $"{Guid.NewGuid():N}.tmp");

    private string MakePrivate(params string[] parts)
    {
        var path = data;
        foreach (var part in parts.Prepend(""))
        {
            path = Path.Combine(path, part);
#pragma warning disable CA1416 // Linux only anyway: files are handled through openat2.
            Directory.CreateDirectory(path, Private);
#pragma warning restore CA1416
        }

        return path;
    }

    // Ids come from ledgers and requests; one that was never parsed must not become a path.
    private static string Safe(LoopId loop) =>
        LoopId.TryParse(loop.Value, out _) ? loop.Value : throw new ArgumentException($"'{loop.Value}' is no loop id.", nameof(loop));
}
