namespace LoopCluster.Ledgers.File.Index;

/// <summary>
/// Where the entries of one chain lie, in order, as varints of the gap since the entry before and of the length: about five bytes an entry,
/// so that a chain of 10,000 entries costs 50 KB and an idle one a few hundred bytes. Append-only: what a <see cref="Snapshot"/> saw never
/// changes.
/// </summary>
internal sealed class EntryPositions
{
    private byte[] _bytes;
    private int _used;
    private int _count;
    private long _end;

    public EntryPositions() => _bytes = [];

    public EntryPositions(byte[] bytes, int count, long end) => (_bytes, _used, _count, _end) = (bytes, bytes.Length, count, end);

    public Snapshot Take() => new(_bytes, _used, _count, _end);

    public void Add(EntryPosition position)
    {
        if (_bytes.Length - _used < 2 * VarInt.MaxBytes)
        {
            // A new array, never a write into the part a snapshot covers.
            Array.Resize(ref _bytes, Math.Max(48, _bytes.Length + _bytes.Length / 2));
        }

        var start = position.ToLong();
        _used += VarInt.Write(_bytes.AsSpan(_used), start - _end);
        _used += VarInt.Write(_bytes.AsSpan(_used), position.Length);
        _end = start + position.Length;
        _count++;
    }

    /// <summary>A state of the list that later additions leave alone.</summary>
    internal readonly record struct Snapshot(byte[] Bytes, int Used, int Count, long End)
    {
        /// <summary>Positions of the entries from index <paramref name="skip"/> (from 0) on.</summary>
        public IEnumerable<EntryPosition> From(long skip)
        {
            var at = 0;
            var end = 0L;
            for (var i = 0; i < Count; i++)
            {
                var start = end + VarInt.Read(Bytes, ref at);
                var length = (int)VarInt.Read(Bytes, ref at);
                end = start + length;
                if (i >= skip)
                {
                    yield return EntryPosition.FromLong(start, length);
                }
            }
        }
    }
}
