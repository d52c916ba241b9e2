namespace LoopCluster.Workspaces.Import;

/// <summary>
/// What a user's clone was told to leave out. Git would fetch it when it is needed; here nothing is fetched for a local repository.
/// </summary>
/// <param name="IsShallow">Made with <c>--depth</c>: the newest commits only.</param>
/// <param name="IsPartial">Made with <c>--filter</c>: files or directories only as they are needed.</param>
internal sealed record CloneKind(bool IsShallow, bool IsPartial)
{
    public static readonly CloneKind Whole = new(false, false);

    /// <summary>From git's own marks in its directory; its configuration is not asked.</summary>
    public static CloneKind Of(string objects, string shallow)
    {
        var packs = Path.Combine(objects, "pack");
        return new CloneKind(File.Exists(shallow), Directory.Exists(packs) && Directory.EnumerateFiles(packs, "*.promisor").Any());
    }

    /// <summary>What to do when a commit is not there.</summary>
    public string CommitHint(string path) =>
        IsShallow
            ? $" It is a shallow clone, which has the newest commits only: fetch the others with git -C '{path}' fetch --unshallow --tags"
            : "";

    /// <summary>What to do when parts of a commit that is there are not.</summary>
    public string PartsHint(string path, string reference) =>
        (IsPartial, IsShallow) switch
        {
            (true, _) =>
                $" It is a partial clone (made with --filter), of which git fetches files only when it needs them, and a loop fetches none. Fetch them first: git -C '{path}' fetch --refetch --no-filter"
                    + $" (before git 2.36: git -C '{path}' archive '{reference}' > /dev/null)",
            (_, true) => $" It is a shallow clone: git -C '{path}' fetch --unshallow gets the rest",
            _ => " (git fsck tells more)",
        };
}
