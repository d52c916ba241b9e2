namespace LoopCluster.Workspaces.Import;

/// <summary>A repository of the user's. It is only ever named to git as GIT_DIR, so its work tree is neither read nor touched.</summary>
internal sealed record LocalRepository(string GitDirectory)
{
    /// <summary>
    /// The repository whose top or bare directory this is; null for any other directory, also one somewhere inside a repository.
    /// </summary>
    public static LocalRepository? Find(string path)
    {
        var dotGit = Path.Combine(path, ".git");
        if (Directory.Exists(dotGit) || File.Exists(dotGit))
        {
            return new LocalRepository(dotGit);
        }

        var isBare =
            File.Exists(Path.Combine(path, "HEAD"))
            && Directory.Exists(Path.Combine(path, "objects"))
            && Directory.Exists(Path.Combine(path, "refs"));
        return isBare ? new LocalRepository(path) : null;
    }
}
