using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Histories;

/// <summary>See the README beside the files.</summary>
public class HistoriesTests
{
    [Theory]
    [MemberData(nameof(Names))]
    public void Fold_GoldenHistory_ShowsWhatItAlwaysDid(string name)
    {
        var state = HistoryFiles.Fold(HistoryFiles.Read(name));
        state.Fault.ShouldBeNull();
        StateSummary.Of(state).ShouldBe(HistoryFiles.ExpectedOf(name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Replay_GoldenHistory_HasNoDifference(string name)
    {
        var lines = HistoryFiles.Read(name);
        var replayer = new LoopReplayer(HistoryFiles.Begin(lines[0]));
        foreach (var line in lines.Skip(1))
        {
            replayer.Next(LedgerCodec.Read(line));
        }

        replayer.Differences.ShouldBeEmpty();
        replayer.State.IsTerminal.ShouldBeTrue();
        replayer.Effects.ShouldBeGreaterThanOrEqualTo(3);
    }

    /// <summary>A driver folds what happens before the line is sealed: nothing may depend on the line's own hash.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Fold_EventByEventAsADriverDoes_IsTheSameState(string name)
    {
        var lines = HistoryFiles.Read(name);
        var (live, read) = (HistoryFiles.Begin(lines[0]), HistoryFiles.Begin(lines[0]));
        foreach (var line in lines.Skip(1))
        {
            var entry = LedgerCodec.Read(line);
            read = LoopFold.Apply(read, entry);
            live = LoopFold.BeginEntry(live, entry.Events[0], entry.At);
            foreach (var happened in entry.Events)
            {
                live = LoopFold.Apply(live, happened, entry.Seq, entry.At);
            }

            live = LoopFold.EndEntry(live, entry.Seq, line.Hash);
            StateDump.Of(live).ShouldBe(StateDump.Of(read), $"entry {entry.Seq}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Seal_GoldenHistory_GivesTheSameBytes(string name)
    {
        foreach (var line in HistoryFiles.Read(name))
        {
            var entry = LedgerCodec.Read(line);
            LedgerCodec.Seal(entry.Loop, entry.Seq, entry.At, entry.Epoch, entry.Events, line.Prev).Hash.ShouldBe(line.Hash);
        }
    }

    [Fact]
    public void Scenarios_All_HaveTheirFile()
    {
        if (Environment.GetEnvironmentVariable("LOOPCLUSTER_HISTORIES") is { Length: > 0 } directory)
        {
            foreach (
                var (name, lines) in Scenarios
                    .All.Concat(OutcomeScenarios.All)
                    .Where(s => !File.Exists(Path.Combine(directory, s.Key + ".jsonl")))
            )
            {
                HistoryFiles.Add(directory, name, lines());
            }

            return;
        }

        Scenarios.All.Concat(OutcomeScenarios.All).Select(s => s.Key).Except(HistoryFiles.Names).ShouldBeEmpty();
    }

    public static TheoryData<string> Names() => [.. HistoryFiles.Names];
}
