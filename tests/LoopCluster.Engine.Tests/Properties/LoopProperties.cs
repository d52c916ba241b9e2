using FsCheck;
using FsCheck.Fluent;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Properties;

public class LoopProperties
{
    [Fact]
    public void Run_AnyWorldAnyCrash_KeepsEveryPromise() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(600),
        Prop.ForAll<byte[]>(choices => { new LoopSimulator(new Tape(choices)).Run(); }));

    [Fact]
    public void Run_LongTapes_ReachEveryEndAndEveryEvent()
    {
        var ends = new HashSet<LoopStatus>();
        var events = new HashSet<string>();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                var run = new LoopSimulator(Tape.OfSeed(seed, 100 + (seed * 37 % 4000))).Run();
                ends.Add(run.State.Status);
                events.UnionWith(run.Lines.SelectMany(l => LedgerCodec.Read(l).Events).Select(EventTypes.NameOf));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }

        ends.ShouldBe(Enum.GetValues<LoopStatus>().Except([LoopStatus.Running, LoopStatus.Waiting, LoopStatus.Failed]), ignoreOrder: true);
        events.ShouldBe(EventTypes.All.Except(["loop-forked", "loop-migrated"]), ignoreOrder: true);
    }

    /// <summary>More by <c>LOOPCLUSTER_SEEDS</c>, for a night's run.</summary>
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("LOOPCLUSTER_SEEDS"), out var seeds) ? seeds : 300;
}
