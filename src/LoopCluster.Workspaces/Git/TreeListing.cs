namespace LoopCluster.Workspaces.Git;

/// <summary>All leaves of a tree, sorted by path bytes, with quick look-up of leaves and of the directories above them.</summary>
internal sealed class TreeListing
{
    private const int PathLimit = 4095;
    private const int DepthLimit = 256;

    public static readonly TreeListing Empty = new([]);

    private readonly Dictionary<RawPath, TreeEntry> _byPath;
    private readonly HashSet<RawPath> _folders = [];

    private TreeListing(Dictionary<RawPath, TreeEntry> entries)
    {
        _byPath = entries;
        Paths = [.. entries.Keys];
        Array.Sort(Paths);
        foreach (var path in Paths)
        {
            // Upwards until a directory that is known, whose parents are known too.
            for (var folder = path.Parent; !folder.IsRoot && _folders.Add(folder); folder = folder.Parent) { }
        }
    }

    public RawPath[] Paths { get; }

    public int Count => Paths.Length;

    public TreeEntry this[RawPath path] => _byPath[path];

    public bool TryGet(RawPath path, out TreeEntry entry) => _byPath.TryGetValue(path, out entry);

    /// <summary>True when some leaf lies below this path.</summary>
    public bool HasFolder(RawPath path) => path.IsRoot || _folders.Contains(path);

    /// <summary>Takes the dictionary over.</summary>
    /// <exception cref="InvalidDataException">A path is a leaf and a directory at once, or has a component that must not be in a tree, or
    /// is nested too deep.</exception>
    public static TreeListing From(Dictionary<RawPath, TreeEntry> entries)
    {
        var listing = new TreeListing(entries);
        foreach (var path in listing.Paths)
        {
            if (listing._folders.Contains(path))
            {
                throw new InvalidDataException($"'{path}' is a file and a directory at once.");
            }

            if (path.Bytes.Length > PathLimit || path.Bytes.AsSpan().Count('/') > DepthLimit)
            {
                throw new InvalidDataException($"a path of {path.Bytes.Length} bytes is nested too deep.");
            }

            var isLink = entries[path].IsLink;
            foreach (var range in path.Bytes.AsSpan().Split('/'))
            {
                var last = range.End.Value == path.Bytes.Length;
                if (EntryNames.Fault(path.Bytes.AsSpan()[range], isLink && last) is { } fault)
                {
                    throw new InvalidDataException($"'{path}': {fault}.");
                }
            }
        }

        return listing;
    }

    /// <summary>
    /// Reads the output of <c>git ls-tree -r -z</c>, with <c>-t</c> when <paramref name="folders"/> is to get the ids of the trees.
    /// </summary>
    /// <exception cref="InvalidDataException">The tree is not one that can be checked out.</exception>
    public static TreeListing Parse(ReadOnlySpan<byte> output, ICollection<ObjectId>? folders = null)
    {
        var entries = new Dictionary<RawPath, TreeEntry>();
        while (!output.IsEmpty)
        {
            // <mode> SP <type> SP <object> TAB <path> NUL
            var end = output.IndexOf((byte)0);
            var line = output[..end];
            output = output[(end + 1)..];
            var tab = line.IndexOf((byte)'\t');
            var mode = 0;
            foreach (var digit in line[..line.IndexOf((byte)' ')])
            {
                mode = (mode * 8) + (digit - '0');
            }

            var path = RawPath.FromBytes(line[(tab + 1)..]);
            var id = ObjectId.Parse(line[(tab - ObjectId.HexLength)..tab]);
            if (mode == TreeEntry.Folder)
            {
                folders?.Add(id);
            }
            else if (!entries.TryAdd(path, new TreeEntry(mode, id)))
            {
                throw new InvalidDataException($"'{path}' is there twice.");
            }
        }

        return From(entries);
    }
}
