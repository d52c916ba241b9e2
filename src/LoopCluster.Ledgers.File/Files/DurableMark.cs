using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;

namespace LoopCluster.Ledgers.File.Files;

/// <summary>
/// <c>ledger/durable</c>: the segment and length up to which entries are durable, overwritten after each sync and not synced itself. It
/// only ever claims what is true, so after a crash a broken entry before it is damage, and one behind it the torn tail of the last group. A
/// mark that a power loss set back merely makes that distinction coarser. It is written twice in one line, so that half a write is no mark.
/// </summary>
internal readonly record struct DurableMark(int Segment, long Length)
{
    public const string FileName = "durable";
    private const int Half = 30; // "0000000001 000000000000012345 "
    private const int Bytes = 2 * Half;

    public static DurableMark Read(IFileLayer files, string directory)
    {
        using var file = files.OpenRead(Path.Combine(directory, FileName));
        Span<byte> text = stackalloc byte[Bytes];
        return
            file is not null
            && file.Read(text, 0) == Bytes
            && text[..(Half - 1)].SequenceEqual(text[Half..^1])
            && text[10] == ' '
            && text[^1] == '\n'
            && Utf8Parser.TryParse(text[..10], out int segment, out var used)
            && used == 10
            && Utf8Parser.TryParse(text[11..(Half - 1)], out long length, out used)
            && used == 18
            && segment >= 0
            && length >= 0
            ? new DurableMark(segment, length)
            : default;
    }

    public void Write(IOpenFile file)
    {
        Span<byte> text = stackalloc byte[Bytes];
        Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"{Segment:D10} {Length:D18} {Segment:D10} {Length:D18}\n", out _);
        file.Write(text, 0);
    }
}
