using System.Globalization;
using LoopCluster.Bench.Cluster.Hosting.Silos;

namespace LoopCluster.Bench.Cluster.Chaos.Verification;

/// <summary>One line that a silo's witness wrote before or after an act.</summary>
/// <param name="At">In ticks of the machine's monotonic clock.</param>
internal sealed record WitnessLine(long At, SiloLife Life, string Text);

/// <summary>What all witnesses of a run saw, by loop and in order of time.</summary>
internal sealed class WitnessBook
{
    private readonly Dictionary<string, List<WitnessLine>> _loops = new(StringComparer.Ordinal);

    private WitnessBook() { }

    public static WitnessBook Read(IEnumerable<SiloLife> lives)
    {
        var book = new WitnessBook();
        foreach (var life in lives.Where(life => File.Exists(life.Witness)))
        {
            // A process that was killed may have left half a line, the last.
            var text = File.ReadAllText(life.Witness);
            foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var (first, second) = (
                    line.IndexOf(' ', StringComparison.Ordinal),
                    line.IndexOf(' ', line.IndexOf(' ', StringComparison.Ordinal) + 1)
                );
                var loop = line[(first + 1)..second];
                if (!book._loops.TryGetValue(loop, out var lines))
                {
                    book._loops[loop] = lines = [];
                }

                lines.Add(new WitnessLine(long.Parse(line.AsSpan(0, first), CultureInfo.InvariantCulture), life, line[(second + 1)..]));
            }
        }

        foreach (var lines in book._loops.Values)
        {
            lines.Sort((a, b) => a.At.CompareTo(b.At));
        }

        return book;
    }

    public IEnumerable<string> Loops => _loops.Keys;

    public IReadOnlyList<WitnessLine> Of(string loop) => _loops.GetValueOrDefault(loop) ?? [];

    /// <summary>
    /// When each entry of a loop was at the latest durable: the moment that its append, or one after it, was acknowledged.
    /// </summary>
    /// <returns>Ticks by <c>seq</c>, from 1; an entry that nobody lived to acknowledge has its successor's.</returns>
    public long[] DurableBy(string loop, long entries)
    {
        var times = new long[entries + 1];
        Array.Fill(times, long.MaxValue);
        foreach (var line in Of(loop))
        {
            if (
                line.Text.Split(' ') is ["entry", var seq, ..]
                && long.Parse(seq, CultureInfo.InvariantCulture) is var number
                && number <= entries
            )
            {
                times[number] = Math.Min(times[number], line.At);
            }
        }

        for (var seq = entries - 1; seq >= 1; seq--)
        {
            times[seq] = Math.Min(times[seq], times[seq + 1]);
        }

        return times;
    }
}
