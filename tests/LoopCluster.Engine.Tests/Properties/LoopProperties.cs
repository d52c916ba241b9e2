using FsCheck;
using FsCheck.Fluent;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Properties;

public class LoopProperties
{
    [Fact]
    public void Run_AnyWorldAnyCrash_KeepsEveryPromise() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(600),
        Prop.ForAll<byte[]>(choices => { new LoopSimulator(new Tape(choices)).Run(); }));
}
