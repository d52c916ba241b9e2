namespace LoopCluster.Engine.Context;

/// <summary>A request without its turns. Goal, rules, frontier and tools stay the same for many turns; it is made once for them.</summary>
/// <param name="Head">What it was made of.</param>
/// <param name="Split">Where the turns go in.</param>
/// <param name="Messages">Messages in it.</param>
internal sealed record RequestFrame(RequestHead Head, byte[] Bytes, int Split, int Messages)
{
    /// <param name="turns">Messages, with commas between them.</param>
    /// <param name="more">Further ones, that begin with a comma where <paramref name="turns"/> are not empty.</param>
    public byte[] With(ReadOnlySpan<byte> turns, ReadOnlySpan<byte> more)
    {
        var length = turns.Length + more.Length;
        if (length == 0)
        {
            return Bytes;
        }

        var body = GC.AllocateUninitializedArray<byte>(Bytes.Length + 1 + length);
        var rest = body.AsSpan(Split + 1);
        Bytes.AsSpan(0, Split).CopyTo(body);
        body[Split] = (byte)',';
        turns.CopyTo(rest);
        more.CopyTo(rest[turns.Length..]);
        Bytes.AsSpan(Split).CopyTo(rest[length..]);
        return body;
    }
}
