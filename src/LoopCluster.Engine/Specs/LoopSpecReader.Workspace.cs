using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LoopCluster.Engine.Specs;

public static partial class LoopSpecReader
{
    private static readonly SearchValues<char> TransportCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-."
    );
    private const int InlineBytes = 1024 * KiB;
    private const int InlineFiles = 10_000;
    private static readonly string[] Sources = ["path", "git", "files"];
    private const string OneSource = "needs exactly one of path, git and files";

    private static WorkspaceSpec ReadWorkspace(SpecObject workspace, SpecOrigin origin)
    {
        var sources = Sources.Where(workspace.Has).ToArray();
        if (sources.Length != 1)
        {
            workspace.Faults.Add(workspace.Path, sources.Length == 0 ? OneSource : $"{OneSource}, it has {string.Join(" and ", sources)}");
        }

        if (sources is ["files"] && workspace.Has("ref"))
        {
            workspace.Faults.Add(workspace.At("ref"), "has no meaning for inline files: leave it out");
        }

        var read = new WorkspaceSpec
        {
            Path = workspace.Text("path", 4 * KiB) is { } path ? LocalPath(path, workspace.At("path"), origin, workspace.Faults) : null,
            Git = workspace.Text("git", 2 * KiB) is { } git ? ReadGit(git, workspace, origin) : null,
            PublicOnly = origin.Directory is null && workspace.Has("git") ? true : null,
            Ref = workspace.Text("ref", 255, CheckRef),
            Files = workspace.Object("files") is { } files ? ReadFiles(files) : null,
        };
        workspace.Close();
        return read;
    }

    /// <summary>What git may be told to clone. Other transports (<c>ext::</c> above all) run commands.</summary>
    private static string? ReadGit(string git, SpecObject workspace, SpecOrigin origin)
    {
        var at = workspace.At("git");
        var fault =
            git.Any(c => char.IsControl(c) || c == ' ') || git.StartsWith('-') || NamesTransport(git)
                ? "must be a URL that git can clone, such as https://host/repository.git"
                : CheckGitUrl(git);
        if (fault is not null)
        {
            workspace.Faults.Add(at, fault);
            return null;
        }

        if (git.StartsWith("https://", StringComparison.Ordinal) || git.StartsWith("ssh://", StringComparison.Ordinal) || IsScpLike(git))
        {
            return git;
        }

        if (origin.Directory is null)
        {
            workspace.Faults.AddLocalPath(at, "must be an https:// or ssh:// URL in a spec sent over the network");
            return null;
        }

        return git.Contains("://", StringComparison.Ordinal) ? git : LocalPath(git, at, origin, workspace.Faults);
    }

    /// <summary>
    /// <c>TRANSPORT::ADDRESS</c>, as git tells it (external_specification_len in its transport.c). An IPv6 address may hold two colons too.
    /// </summary>
    private static bool NamesTransport(string git)
    {
        var colons = git.IndexOf("::", StringComparison.Ordinal);
        return colons >= 0 && git.AsSpan(0, colons).IndexOfAnyExcept(TransportCharacters) < 0;
    }

    private static string? CheckGitUrl(string git)
    {
        if (!git.Contains("://", StringComparison.Ordinal))
        {
            return null;
        }

        if (!Uri.TryCreate(git, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http" or "ssh" or "git" or "file"))
        {
            return "must be a URL with https, ssh, http, git or file";
        }

        // The spec is stored in the ledger as it is, and no secret may be.
        var secret = url.UserInfo.Contains(':', StringComparison.Ordinal) || (url.UserInfo.Length > 0 && url.Scheme is ("https" or "http"));
        return secret ? "must not hold a password or token: it would be stored in the ledger"
            : url.Host.StartsWith('-') || url.UserInfo.StartsWith('-') ? "the host must not start with '-'"
            : url.Scheme != "file" && url.Host.Length == 0 ? "names no host"
            : null;
    }

    /// <summary><c>user@host:path</c>, which git takes for ssh.</summary>
    private static bool IsScpLike(string git)
    {
        var colon = git.IndexOf(':', StringComparison.Ordinal);
        var at = git.IndexOf('@', StringComparison.Ordinal);
        return !git.Contains("://", StringComparison.Ordinal)
            && at > 0
            && colon > at + 1
            && git[at + 1] != '-'
            && !git.AsSpan(0, colon).Contains('/');
    }

    private static string? CheckRef(string name) =>
        name.StartsWith('-')
        || name.Contains("..", StringComparison.Ordinal)
        || name.Contains("@{", StringComparison.Ordinal)
        || name.Any(c => char.IsControl(c) || " :?*[\\".Contains(c))
            ? "must be a branch, a tag or a commit"
            : null;

    private static SortedDictionary<string, string> ReadFiles(SpecObject files)
    {
        var read = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (files.Keys.Count() > InlineFiles)
        {
            files.Faults.Add(files.Path, $"has more than {InlineFiles} files");
            return read;
        }

        var bytes = 0L;
        foreach (var path in files.Keys)
        {
            if (CheckFilePath(path) is { } fault)
            {
                files.Faults.Add(files.At(path), fault);
            }

            if (files.Value(path) is not { } value)
            {
                continue;
            }

            // A file may be empty, unlike every other text of a spec.
            var text = value.ValueKind == JsonValueKind.String ? SpecObject.Decode(value) : null;
            if (text is null)
            {
                files.Faults.Add(
                    files.At(path),
                    value.ValueKind == JsonValueKind.String
                        ? "is not valid Unicode"
                        : $"must be text, not {SpecObject.Kind(value)}; put it in quotes"
                );
                continue;
            }

            bytes += Encoding.UTF8.GetByteCount(path) + Encoding.UTF8.GetByteCount(text);
            read.Add(path, text);
        }

        if (bytes > InlineBytes)
        {
            files.Faults.Add(files.Path, $"are longer than {SpecObject.Bytes(InlineBytes)} together: use path or git");
        }

        foreach (var path in read.Keys.Where(path => Parents(path).Any(read.ContainsKey)))
        {
            files.Faults.Add(files.At(path), "a file of this document stands where this path needs a directory");
        }

        return read;
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    private static string? CheckFilePath(string path)
    {
        if (path.Length == 0 || path.Length > 4 * KiB || path.StartsWith('/') || path.Any(c => char.IsControl(c) || c == '\\'))
        {
            return "must be a relative path with forward slashes";
        }

        foreach (var segment in path.Split('/'))
        {
            if (segment is "" or "." or "..")
            {
                return "must be a relative path without empty, '.' or '..' parts";
            }

            if (Encoding.UTF8.GetByteCount(segment) > 255)
            {
                return "has a part longer than 255 bytes";
            }

            // Git itself refuses these: some file systems open .git under them.
            if (
                segment.TrimEnd(' ', '.').Equals(".git", StringComparison.OrdinalIgnoreCase)
                || segment.Equals("git~1", StringComparison.OrdinalIgnoreCase)
            )
            {
                return "must not name a .git entry";
            }
        }

        return null;
    }
}
