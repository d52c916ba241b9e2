namespace LoopCluster.Workspaces.Snapshots;

/// <summary>The first lines, sorted, of however many an agent provokes.</summary>
internal sealed class Notes(int limit)
{
    private readonly SortedSet<string> _lines = new(StringComparer.Ordinal);
    private int _dropped;

    public void Add(string line)
    {
        if (!_lines.Add(line) || _lines.Count <= limit)
        {
            return;
        }

        _lines.Remove(_lines.Max!);
        _dropped++;
    }

    public IReadOnlyList<string> Lines => [.. _lines];

    public IReadOnlyList<string> LinesAndCount => _dropped == 0 ? Lines : [.. _lines, $"... and {_dropped} more"];
}
