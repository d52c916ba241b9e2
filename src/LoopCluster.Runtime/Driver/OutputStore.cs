using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>Puts long outputs into the blob store and keeps their ends for the ledger.</summary>
internal static class OutputStore
{
    private const int End = 4 * 1024;

    /// <param name="raw">What is kept, secrets already redacted.</param>
    /// <param name="bytes">Length before anything was cut.</param>
    public static async ValueTask<OutputText> KeepAsync(
        IBlobStore blobs,
        ReadOnlyMemory<byte> raw,
        long bytes,
        CancellationToken cancellationToken
    )
    {
        if (raw.Length <= OutputText.InlineLimit)
        {
            return new OutputText { Bytes = bytes, Text = Encoding.UTF8.GetString(raw.Span) };
        }

        var blob = await blobs.PutAsync(raw, cancellationToken).ConfigureAwait(false);
        return new OutputText
        {
            Bytes = bytes,
            Blob = blob,
            Head = Encoding.UTF8.GetString(raw.Span[..WholeBefore(raw.Span, End)]),
            Tail = Encoding.UTF8.GetString(raw.Span[WholeBefore(raw.Span, raw.Length - End)..]),
        };
    }

    /// <summary>The nearest index not above <paramref name="index"/> that begins a UTF-8 character.</summary>
    private static int WholeBefore(ReadOnlySpan<byte> utf8, int index)
    {
        var i = index;
        while (i > 0 && index - i < 4 && (utf8[i] & 0xC0) == 0x80)
        {
            i--;
        }

        return i;
    }
}
