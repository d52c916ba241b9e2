namespace LoopCluster.Workspaces.Git;

/// <summary>
/// Which names may stand in a tree. Refuses all that git itself refuses to check out on any platform (verify_path in read-cache.c,
/// is_ntfs_dotgit in path.c, is_hfs_dotgit in utf8.c), so a commit made here never hands somebody else a <c>.git</c>.
/// </summary>
internal static class EntryNames
{
    /// <summary>Why an entry of this name cannot be taken, or null when it can.</summary>
    public static string? Fault(ReadOnlySpan<char> name, bool isLink)
    {
        if (name.IsEmpty || name is "." or ".." || name.ContainsAny('/', '\0'))
        {
            return "not a name of a directory entry";
        }

        if (IsDotGit(name))
        {
            return "git's own state is never part of the workspace's history";
        }

        return isLink && IsDotGitModules(name) ? "git refuses a .gitmodules that is a link" : null;
    }

    public static bool IsDotGit(ReadOnlySpan<char> name)
    {
        // A backslash separates directories on Windows, so each part counts.
        foreach (var range in name.Split('\\'))
        {
            if (IsNtfsDotGit(name[range]))
            {
                return true;
            }
        }

        return name.Length >= 4
            && name.IndexOfAnyExceptInRange('\0', '\x7f') >= 0
            && WithoutIgnorable(name).Equals(".git", StringComparison.OrdinalIgnoreCase);
    }

    // ".git" or its short name "git~1" in any case, then only dots and spaces (which NTFS drops) up to the end or a stream's ':'.
    private static bool IsNtfsDotGit(ReadOnlySpan<char> part)
    {
        var rest =
            part.StartsWith(".git", StringComparison.OrdinalIgnoreCase) ? part[4..]
            : part.StartsWith("git~1", StringComparison.OrdinalIgnoreCase) ? part[5..]
            : "x";
        var end = rest.IndexOf(':');
        return (end >= 0 ? rest[..end] : rest).TrimEnd(". ").IsEmpty;
    }

    private static bool IsDotGitModules(ReadOnlySpan<char> name)
    {
        var plain = WithoutIgnorable(name).AsSpan().TrimEnd(". ");
        return plain.Equals(".gitmodules", StringComparison.OrdinalIgnoreCase)
            || plain.StartsWith("gitmod~", StringComparison.OrdinalIgnoreCase)
            || plain.StartsWith("gi7eba~", StringComparison.OrdinalIgnoreCase);
    }

    // HFS+ ignores these code points when it compares names: U+200C..200F, 202A..202E, 206A..206F, FEFF. In UTF-8 they are e2 80 8c.. and
    // so on.
    private static string WithoutIgnorable(ReadOnlySpan<char> name)
    {
        var text = new RawPath(name.ToString()).ToString();
        return string.Concat(
            text.Where(c =>
                c is not ((>= '\u200c' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u206a' and <= '\u206f') or '\ufeff')
            )
        );
    }
}
