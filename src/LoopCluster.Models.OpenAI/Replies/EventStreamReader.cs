using System.Buffers;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Reads a reply sent as server-sent events, one chunk of JSON a <c>data:</c> line.</summary>
/// <remarks>
/// Not <c>System.Net.ServerSentEvents.SseParser</c>: it joins the <c>data:</c> lines up to a blank one, and drops an event that the end of
/// the stream cut off before its blank line. Endpoints and proxies leave blank lines out, and the last chunk of a reply is paid for. It
/// also has no bound for a line; here every byte counts against the limit as it comes.
/// </remarks>
internal static class EventStreamReader
{
    private const int FirstBuffer = 16 * 1024;

    /// <summary>Reads up to <c>[DONE]</c>, or to the end when a finish reason came before it.</summary>
    /// <exception cref="BrokenReplyException">Cut off, too long, or not readable.</exception>
    /// <exception cref="ReportedErrorException">The endpoint reported an error in the stream.</exception>
    public static async ValueTask ReadAsync(Stream stream, ReplyBuilder reply, int limit, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            int length = 0,
                scanned = 0,
                total = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    buffer = Grow(buffer, length);
                }

                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                total += read;
                if (total > limit)
                {
                    throw new BrokenReplyException($"it is longer than {limit} bytes");
                }

                length += read;
                var atEnd = read == 0;
                if (Consume(buffer.AsSpan(0, length), ref scanned, atEnd, reply, out var used) || (atEnd && reply.Finish is not null))
                {
                    return;
                }

                if (atEnd)
                {
                    throw new BrokenReplyException("the stream ended before the reply did");
                }

                buffer.AsSpan(used, length - used).CopyTo(buffer);
                length -= used;
                scanned -= used;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads whole lines; true when <c>[DONE]</c> came.</summary>
    /// <param name="scanned">Bytes known to hold no line end that was not used.</param>
    private static bool Consume(ReadOnlySpan<byte> bytes, ref int scanned, bool atEnd, ReplyBuilder reply, out int used)
    {
        used = 0;
        while (true)
        {
            var end = bytes[scanned..].IndexOf((byte)'\n');
            if (end < 0)
            {
                scanned = bytes.Length;
                // The last line may lack its end.
                return atEnd && used < bytes.Length && ReadLine(bytes[used..], reply);
            }

            var line = bytes[used..(scanned + end)];
            used = scanned += end + 1;
            if (ReadLine(line, reply))
            {
                return true;
            }
        }
    }

    private static bool ReadLine(ReadOnlySpan<byte> line, ReplyBuilder reply)
    {
        if (!line.StartsWith("data:"u8))
        {
            // Comments keep the connection alive; event names and ids say nothing the data does not.
            return false;
        }

        var data = line["data:"u8.Length..].Trim(" \r"u8);
        if (data.SequenceEqual("[DONE]"u8))
        {
            if (!reply.HasChoice)
            {
                throw new BrokenReplyException("the stream held no choice");
            }

            return true;
        }

        if (!data.IsEmpty)
        {
            ReplyReader.Read(data, reply);
        }

        return false;
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
