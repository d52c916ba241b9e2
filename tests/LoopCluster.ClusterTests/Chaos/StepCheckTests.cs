using System.Globalization;
using LoopCluster.Bench.Cluster.Chaos.Faults;
using LoopCluster.Bench.Cluster.Chaos.Verification;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.ClusterTests.Chaos;

/// <summary>What the reckoning of a chaos run must find is found, and nothing else.</summary>
public sealed class StepCheckTests : IDisposable
{
    private const string Loop = "a-loop";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("loop-witness-");

    private static ToolRequested Asked =>
        new()
        {
            Call = "c",
            Tool = "shell",
            Class = EffectClass.Workspace,
        };

    private static ToolCompleted Completed =>
        new()
        {
            Call = "c",
            Tool = "shell",
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline(""),
        };

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task FindRepeats_OneBeginAndItsCompletion_FindsNothing() =>
        (await RepeatsAsync([Asked, Completed], "1 entry 1 1", "2 tool start c shell", "3 entry 2 1")).ShouldBeEmpty();

    [Fact]
    public async Task FindRepeats_BegunAgainAfterTheCompletionWasDurable_FindsIt() =>
        (
            await RepeatsAsync(
                [Asked, Asked, Completed],
                "1 entry 1 1",
                "2 tool start c shell",
                "3 entry 2 2",
                "4 entry 3 2",
                "5 tool start c shell"
            )
        )
            .ShouldHaveSingleItem()
            .ShouldContain("after entry 3 had completed it");

    [Fact]
    public async Task FindRepeats_CompletionThatOnlyASuccessorAcknowledges_IsDurableByThen() =>
        (
            await RepeatsAsync([Asked, Asked, Completed, new NoteKept("after it")], "1 entry 1 1", "2 entry 4 2", "3 tool start c shell")
        ).ShouldHaveSingleItem();

    [Fact]
    public async Task FindRepeats_BegunTwiceBeforeTheCompletionOnTwoIntents_FindsNothing() =>
        (await RepeatsAsync([Asked, Asked, Completed], "1 tool start c shell", "2 tool start c shell", "3 entry 3 2")).ShouldBeEmpty();

    [Fact]
    public async Task FindRepeats_MoreBeginsThanIntents_FindsIt() =>
        (await RepeatsAsync([Asked, Completed], "1 tool start c shell", "2 tool start c shell", "3 entry 2 1"))
            .ShouldHaveSingleItem()
            .ShouldContain("2 times on 1 intents");

    [Fact]
    public async Task FindRepeats_BeginWithoutIntent_FindsIt() =>
        (await RepeatsAsync([Asked, Completed], "1 tool start other shell")).ShouldHaveSingleItem().ShouldContain("no intent");

    [Fact]
    public async Task Recoveries_LoopThatAnotherProcessTookUp_IsMeasuredFromTheLoss()
    {
        var (lost, other) = (
            await LifeAsync("1 a-loop entry 1 1\n5 a-loop entry 2 1\n"),
            await LifeAsync($"{System.Diagnostics.Stopwatch.Frequency + 10} a-loop entry 3 2\n")
        );

        var found = Recoveries.Find(WitnessBook.Read([lost, other]), [new SiloLoss(lost, "Kill", 10)]);

        found.ShouldHaveSingleItem().Milliseconds.ShouldBe(1000);
    }

    [Fact]
    public async Task Read_LastLineCutOff_IsPassedOver() =>
        WitnessBook.Read([await LifeAsync("1 a-loop entry 1 1\n2 a-loop ent")]).Of(Loop).ShouldHaveSingleItem();

    private async Task<IReadOnlyList<string>> RepeatsAsync(IReadOnlyList<LoopEvent> events, params string[] lines)
    {
        var entries = events
            .Select((happened, index) => new LedgerEntry(new LoopId(Loop), index + 1, default, 1, [happened], default))
            .ToArray();
        var witness = string.Concat(lines.Select(line => line.Insert(line.IndexOf(' ', StringComparison.Ordinal), $" {Loop}") + "\n"));
        return [.. StepCheck.FindRepeats(entries, Loop, WitnessBook.Read([await LifeAsync(witness)]))];
    }

    private async Task<SiloLife> LifeAsync(string witness)
    {
        var file = Path.Combine(_root.FullName, Guid.NewGuid().ToString("n"));
        await File.WriteAllTextAsync(file, witness);
        await using var network = new LoopbackNetwork();
        var silo = new SiloServer(
            1,
            await network.AddAsync("silo"),
            _root.FullName,
            new SiloSettings
            {
                Program = [],
                KeysDirectory = "",
                ModelsFile = "",
                Environment = new Dictionary<string, string>(),
            }
        );
        return new SiloLife(silo, null!, long.Parse(witness.Split(' ')[0], CultureInfo.InvariantCulture), file);
    }
}
