namespace LoopCluster.TestKit.Disks;

/// <summary>
/// The names on the disk: those that are durable, those seen now, and the changes between the two for each directory. A null file is a
/// directory.
/// </summary>
internal sealed class DirectoryState
{
    private readonly Dictionary<string, SimulatedFile?> _durable = new(StringComparer.Ordinal);
    private readonly List<(string Directory, string Path, SimulatedFile? File, bool Present)> _unsynced = [];
    private Dictionary<string, SimulatedFile?> _current = new(StringComparer.Ordinal);

    public IEnumerable<SimulatedFile> Files => _current.Values.OfType<SimulatedFile>();

    public void AddDurable(string path, SimulatedFile? file) => _durable[path] = _current[path] = file;

    public bool HasDirectory(string path) => _current.TryGetValue(path, out var file) && file is null;

    public SimulatedFile? Find(string path) => _current.GetValueOrDefault(path);

    public IReadOnlyList<string> FileNames(string directory) =>
        [.. _current.Where(e => e.Value is not null && Path.GetDirectoryName(e.Key) == directory).Select(e => Path.GetFileName(e.Key))];

    public void Add(string path, SimulatedFile? file) => Note(path, file, present: true);

    public void Remove(string path) => Note(path, null, present: false);

    public void Rename(string from, string to, SimulatedFile file)
    {
        Note(to, file, present: true);
        Note(from, null, present: false);
    }

    public void Sync(string directory)
    {
        foreach (var change in _unsynced.Where(c => c.Directory == directory))
        {
            Apply(_durable, change);
        }

        _unsynced.RemoveAll(c => c.Directory == directory);
    }

    /// <summary>Keeps some of the unsynced changes; what lies in a directory whose own name was lost is lost with it.</summary>
    public void LoseUnsynced(Random random)
    {
        var share = random.Next(4) switch
        {
            0 => 0.0,
            1 => 1.0,
            _ => random.NextDouble(),
        };
        foreach (var change in _unsynced)
        {
            if (random.NextDouble() < share)
            {
                Apply(_durable, change);
            }
        }

        _unsynced.Clear();
        foreach (var orphan in _durable.Keys.Where(p => !IsReachable(p)).ToArray())
        {
            _durable.Remove(orphan);
        }

        _current = new Dictionary<string, SimulatedFile?>(_durable, StringComparer.Ordinal);
    }

    private bool IsReachable(string path)
    {
        for (var at = path; at != SimulatedDisk.Root; at = Path.GetDirectoryName(at)!)
        {
            if (!_durable.ContainsKey(at))
            {
                return false;
            }
        }

        return true;
    }

    private void Note(string path, SimulatedFile? file, bool present)
    {
        var change = (Path.GetDirectoryName(path)!, path, file, present);
        Apply(_current, change);
        _unsynced.Add(change);
    }

    private static void Apply(
        Dictionary<string, SimulatedFile?> entries,
        (string Directory, string Path, SimulatedFile? File, bool Present) change
    )
    {
        if (change.Present)
        {
            entries[change.Path] = change.File;
        }
        else
        {
            entries.Remove(change.Path);
        }
    }
}
