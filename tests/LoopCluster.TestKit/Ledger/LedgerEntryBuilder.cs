using System.Globalization;
using System.Text;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.TestKit.Ledger;

/// <summary>Seals a chain of entries for one loop, as a driver would.</summary>
public sealed class LedgerEntryBuilder
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public LedgerEntryBuilder(LoopId loop)
    {
        Loop = loop;
        Prev = LedgerHash.Genesis(loop);
    }

    public LedgerEntryBuilder(string loop)
        : this(new LoopId(loop)) { }

    public LoopId Loop { get; }

    public long Seq { get; private set; }

    public int Epoch { get; set; } = 1;

    public LedgerHash Prev { get; private set; }

    /// <summary>The next entry of the chain.</summary>
    /// <param name="data">JSON object; default: one with a text of <paramref name="size"/> bytes.</param>
    public LedgerLine Next(string type = "note-kept", string? data = null, int size = 40)
    {
        var line = Seal(Loop, Seq + 1, Epoch, Prev, type, data ?? $"{{\"text\":\"{new string('x', size)}\"}}");
        (Seq, Prev) = (line.Seq, line.Hash);
        return line;
    }

    /// <summary>The next <paramref name="count"/> entries.</summary>
    public IReadOnlyList<LedgerLine> Take(int count, int size = 40) => [.. Enumerable.Range(0, count).Select(_ => Next(size: size))];

    /// <summary>Goes on behind another line, for example after a read.</summary>
    public LedgerEntryBuilder After(LedgerLine line)
    {
        (Seq, Prev, Epoch) = (line.Seq, line.Hash, line.Epoch);
        return this;
    }

    public static LedgerLine Seal(LoopId loop, long seq, int epoch, LedgerHash prev, string type, string data)
    {
        var at = Start.AddSeconds(seq).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var content =
            $"{{\"loop\":\"{loop}\",\"seq\":{seq},\"at\":\"{at}\",\"epoch\":{epoch},\"type\":\"{type}\",\"data\":{data},\"prev\":\"{prev}\"";
        var hash = LedgerLineReader.ComputeHash(prev, Encoding.UTF8.GetBytes(content));
        return new LedgerLine(loop, seq, epoch, prev, hash, Encoding.UTF8.GetBytes($"{content},\"hash\":\"{hash}\"}}"));
    }
}
