namespace LoopCluster.Engine.Context;

/// <summary>
/// The first turns of a conversation as they stand in its requests: written once, since nothing of them changes while later ones join. The
/// bytes lie in an array that later states of the conversation share and write on in behind them; what one of them sees never changes.
/// </summary>
/// <param name="items">Items written.</param>
/// <param name="messages">Messages they make.</param>
/// <param name="extras">Whether what replies carried beyond the reference is there.</param>
internal sealed class WrittenTurns(int items, int messages, bool extras)
{
    private const int LeastBytes = 4 * 1024;

    private Shared _shared = new(0);
    private int _length;

    public int Items { get; } = items;

    public int Messages { get; } = messages;

    public bool Extras { get; } = extras;

    public ReadOnlySpan<byte> Bytes => _shared.Bytes.AsSpan(0, _length);

    /// <summary>With further ones; <paramref name="turns"/> begins with a comma where any are there before.</summary>
    public WrittenTurns With(ReadOnlySpan<byte> turns, int items, int messages)
    {
        var length = _length + turns.Length;
        var shared = _shared;
        // The array is written on by whoever is the first to claim the place: a fork and its parent may both come.
        if (length > shared.Bytes.Length || Interlocked.CompareExchange(ref shared.Used, length, _length) != _length)
        {
            shared = new Shared(Math.Max(LeastBytes, length * 2)) { Used = length };
            Bytes.CopyTo(shared.Bytes);
        }

        turns.CopyTo(shared.Bytes.AsSpan(_length));
        return new WrittenTurns(items, messages, Extras) { _shared = shared, _length = length };
    }

    private sealed class Shared(int size)
    {
        public readonly byte[] Bytes = size == 0 ? [] : GC.AllocateUninitializedArray<byte>(size);

        public int Used;
    }
}
