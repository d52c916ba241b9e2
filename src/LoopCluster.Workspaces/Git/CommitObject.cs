using System.Text;

namespace LoopCluster.Workspaces.Git;

/// <summary>The few parts of a commit that matter here.</summary>
internal sealed record CommitObject(ObjectId Tree, IReadOnlyList<ObjectId> Parents)
{
    private const string Identity = "LoopCluster <loopcluster@localhost>";

    /// <summary>The date of bases made of plain files: fixed, so that equal files make an equal commit.</summary>
    public static readonly DateTimeOffset FixedDate = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] Write(ObjectId tree, ObjectId? parent, string message, DateTimeOffset date)
    {
        var by = $"{Identity} {date.ToUnixTimeSeconds()} +0000";
        var parentLine = parent is { } id ? $"parent {id}\n" : "";
        // NUL ends a message for git, and old versions refuse such a commit.
        var text = message.ReplaceLineEndings("\n").Replace('\0', '\ufffd').Trim('\n');
        return Encoding.UTF8.GetBytes($"tree {tree}\n{parentLine}author {by}\ncommitter {by}\n\n{text}\n");
    }

    /// <exception cref="InvalidDataException">The bytes are no commit.</exception>
    public static CommitObject Parse(ReadOnlySpan<byte> content)
    {
        ObjectId? tree = null;
        var parents = new List<ObjectId>();
        foreach (var line in Encoding.Latin1.GetString(content).AsSpan().EnumerateLines())
        {
            if (line.StartsWith("tree ") && ObjectId.TryParse(line[5..], out var id))
            {
                tree = id;
            }
            else if (line.StartsWith("parent ") && ObjectId.TryParse(line[7..], out id))
            {
                parents.Add(id);
            }
            else
            {
                break;
            }
        }

        return new CommitObject(tree ?? throw new InvalidDataException("The object is no commit."), parents);
    }
}
