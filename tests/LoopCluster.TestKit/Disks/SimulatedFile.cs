using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.TestKit.Disks;

/// <summary>One file: what is on the platter, and the writes since the last sync.</summary>
internal sealed class SimulatedFile
{
    private const int Sector = 512;

    private readonly List<(long Offset, byte[]? Data, long Length)> _unsynced = [];
    private byte[] _durable = [];
    private byte[] _current = [];
    private long _modified = 1;

    public long Length { get; private set; }

    /// <summary>Its clock goes on with each change; a power failure loses the time like an unsynced write.</summary>
    public FileStamp Stamp => new(_modified, Length);

    public void Touch() => _modified++;

    public int Read(Span<byte> destination, long offset)
    {
        var count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        _current.AsSpan((int)Math.Min(offset, Length), count).CopyTo(destination);
        return count;
    }

    public void Write(byte[] data, long offset)
    {
        Touch();
        _unsynced.Add((offset, data, 0));
        Apply(ref _current, data, offset);
        Length = Math.Max(Length, offset + data.Length);
    }

    public void Truncate(long length)
    {
        Touch();
        _unsynced.Add((0, null, length));
        Resize(ref _current, length);
        Length = length;
    }

    public void Sync()
    {
        foreach (var (offset, data, length) in _unsynced)
        {
            if (data is null)
            {
                Resize(ref _durable, length);
            }
            else
            {
                Apply(ref _durable, data, offset);
            }
        }

        // The length is the inode's: it is right even where a failed sync has lost bytes.
        Resize(ref _durable, Length);
        _unsynced.Clear();
    }

    /// <summary>
    /// A sync that fails as Linux lets it: the bytes stay readable from the cache, count as clean, and never reach the platter.
    /// </summary>
    public void FailSync() => _unsynced.Clear();

    public void DropCache()
    {
        // Clean pages only: what is still to be written stays.
        if (_unsynced.Count == 0)
        {
            (_current, Length) = (_durable.ToArray(), _durable.Length);
        }
    }

    /// <summary>Settles which of the unsynced writes reached the platter: none, all, or some sectors of some of them.</summary>
    public void LoseUnsynced(Random random)
    {
        var kept = _durable.ToArray();
        var share = random.Next(4) switch
        {
            0 => 0.0,
            1 => 1.0,
            _ => random.NextDouble(),
        };
        foreach (var (offset, data, length) in _unsynced)
        {
            if (data is null)
            {
                if (random.NextDouble() < share)
                {
                    Resize(ref kept, length);
                }

                continue;
            }

            for (var at = 0; at < data.Length; )
            {
                var piece = Math.Min(data.Length - at, Sector - (int)((offset + at) % Sector));
                if (random.NextDouble() < share)
                {
                    Apply(ref kept, data[at..(at + piece)], offset + at);
                }

                at += piece;
            }
        }

        Touch();
        _unsynced.Clear();
        (_durable, _current, Length) = (kept, kept.ToArray(), kept.Length);
    }

    private static void Apply(ref byte[] content, byte[] data, long offset)
    {
        if (content.Length < offset + data.Length)
        {
            Array.Resize(ref content, (int)offset + data.Length);
        }

        data.CopyTo(content, (int)offset);
    }

    private static void Resize(ref byte[] content, long length) => Array.Resize(ref content, (int)length);
}
