using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Tests.Histories;

/// <summary>Reads the stored ledgers, checking each chain from the bytes alone.</summary>
internal static class HistoryFiles
{
    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "Histories");

    public static IEnumerable<string> Names =>
        System.IO.Directory.GetFiles(Directory, "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    public static string ExpectedOf(string name) => File.ReadAllText(Path.Combine(Directory, name + ".state.txt"));

    public static IReadOnlyList<LedgerLine> Read(string name)
    {
        var lines = new List<LedgerLine>();
        LedgerHash? prev = null;
        foreach (var text in File.ReadAllText(Path.Combine(Directory, name + ".jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            using var json = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 256 });
            var loop = new LoopId(json.RootElement.GetProperty("loop").GetString()!);
            var from = prev ?? LedgerHash.Genesis(loop);
            json.RootElement.GetProperty("prev").GetString().ShouldBe(from.ToString());
            var hash = LedgerCodec.HashOf(from, utf8.AsSpan(0, utf8.AsSpan().LastIndexOf(",\"hash\""u8)));
            json.RootElement.GetProperty("hash").GetString().ShouldBe(hash.ToString());
            lines.Add(
                new LedgerLine(
                    loop,
                    json.RootElement.GetProperty("seq").GetInt64(),
                    json.RootElement.GetProperty("epoch").GetInt32(),
                    from,
                    hash,
                    utf8
                )
            );
            prev = hash;
        }

        return lines;
    }

    /// <summary>The state after a ledger's first entry; a fork's parent is the history that holds the entry it names.</summary>
    public static LoopState Begin(LedgerLine first)
    {
        var entry = LedgerCodec.Read(first);
        if (entry.Events[0] is not LoopForked fork)
        {
            return LoopFold.Begin(entry);
        }

        var parent = Names.Select(Read).First(lines => lines.Count >= fork.Seq && lines[(int)fork.Seq - 1].Hash.ToString() == fork.Hash);
        return LoopFold.BeginFork(Fold(parent.Take((int)fork.Seq)), entry);
    }

    public static LoopState Fold(IEnumerable<LedgerLine> lines)
    {
        LoopState? state = null;
        foreach (var line in lines)
        {
            state = state is null ? Begin(line) : LoopFold.Apply(state, LedgerCodec.Read(line));
        }

        return state!;
    }

    /// <summary>Writes a new scenario's two files.</summary>
    public static void Add(string directory, string name, IReadOnlyList<LedgerLine> lines)
    {
        // Both or none: a fork's parent must be in the output directory before.
        var summary = StateSummary.Of(Fold(lines));
        File.WriteAllText(
            Path.Combine(directory, name + ".jsonl"),
            string.Concat(lines.Select(l => Encoding.UTF8.GetString(l.Utf8.Span) + "\n"))
        );
        File.WriteAllText(Path.Combine(directory, name + ".state.txt"), summary);
    }
}
