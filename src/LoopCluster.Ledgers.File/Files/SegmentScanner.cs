namespace LoopCluster.Ledgers.File.Files;

/// <summary>Cuts a segment into lines with few large reads.</summary>
internal static class SegmentScanner
{
    private const int ReadBytes = 1 << 20;

    /// <param name="line">Without its line feed.</param>
    /// <param name="whole">False for bytes at the end of the file that no line feed follows.</param>
    /// <returns>False to stop.</returns>
    public delegate bool LineHandler(ReadOnlySpan<byte> line, long offset, bool whole);

    public static void Scan(IOpenFile file, long from, LineHandler handle)
    {
        var buffer = new byte[(int)Math.Clamp(file.Length - from, 1, ReadBytes)];
        var bufferStart = from; // file offset of buffer[0]
        var filled = 0;
        var searched = 0;
        while (true)
        {
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2); // one line longer than the buffer
            }

            var read = file.Read(buffer.AsSpan(filled), bufferStart + filled);
            filled += read;
            var lineStart = 0;
            int feed;
            while ((feed = buffer.AsSpan(searched, filled - searched).IndexOf((byte)'\n')) >= 0)
            {
                var end = searched + feed;
                if (!handle(buffer.AsSpan(lineStart, end - lineStart), bufferStart + lineStart, whole: true))
                {
                    return;
                }

                lineStart = searched = end + 1;
            }

            if (read == 0)
            {
                if (lineStart < filled)
                {
                    handle(buffer.AsSpan(lineStart, filled - lineStart), bufferStart + lineStart, whole: false);
                }

                return;
            }

            buffer.AsSpan(lineStart, filled - lineStart).CopyTo(buffer);
            bufferStart += lineStart;
            filled -= lineStart;
            searched = filled;
        }
    }
}
