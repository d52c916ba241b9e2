namespace LoopCluster.Engine.Context;

/// <summary>How long a text is once it stands in a request.</summary>
internal static class JsonSize
{
    /// <summary>Bytes of the text as a JSON string without its quotes, escapes included.</summary>
    public static long Of(string text)
    {
        var size = 0L;
        foreach (var c in text)
        {
            size += c switch
            {
                '"' or '\\' or '\n' or '\r' or '\t' => 2,
                < ' ' => 6,
                < '\u0080' => 1,
                < '\u0800' => 2,
                // The writer escapes both halves of a pair.
                _ => char.IsSurrogate(c) ? 6 : 3,
            };
        }

        return size;
    }
}
