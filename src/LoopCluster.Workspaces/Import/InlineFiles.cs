using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Import;

/// <summary>Files written into the spec itself.</summary>
internal static class InlineFiles
{
    private const int Limit = 1024 * 1024;

    /// <exception cref="BadInputException">All faults at once.</exception>
    public static Dictionary<RawPath, byte[]> Read(IReadOnlyDictionary<string, string> files)
    {
        var faults = new List<InputFault>();
        var contents = new Dictionary<RawPath, byte[]>();
        long total = 0;
        foreach (var (path, text) in files)
        {
            if (Fault(path) is { } fault)
            {
                faults.Add(new InputFault($"workspace.files['{path}']", fault));
                continue;
            }

            var content = Encoding.UTF8.GetBytes(text);
            total += content.Length;
            contents[RawPath.FromText(path)] = content;
        }

        if (total > Limit)
        {
            faults.Add(new InputFault("workspace.files", $"{total} bytes together; at most {Limit} fit into a spec. Use path or git."));
        }

        return faults.Count == 0 ? contents : throw new BadInputException(BaseImport.Unreadable, faults);
    }

    private static string? Fault(string path)
    {
        if (path.StartsWith('/') || path.Contains('\\', StringComparison.Ordinal))
        {
            return "Paths are relative to the workspace and written with slashes.";
        }

        foreach (var part in path.Split('/'))
        {
            var name = RawPath.FromText(part).Bytes;
            if (name.Length > Folder.NameLimit || EntryNames.Fault(name, isLink: false) is not null)
            {
                return $"'{part}' cannot be a name in a workspace: no empty name, '.', '..', '.git', NUL or more than 255 bytes.";
            }
        }

        return null;
    }
}
