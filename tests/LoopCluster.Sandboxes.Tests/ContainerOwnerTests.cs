using LoopCluster.Engine.Loops;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Ownership;

namespace LoopCluster.Sandboxes.Tests;

public sealed class ContainerOwnerTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-state-");

    public void Dispose() => _state.Delete(recursive: true);

    private ContainerOwner Current => ContainerOwner.Current(_state.FullName);

    [Fact]
    public void Current_AskedTwice_IsTheSameAndReadsBack()
    {
        Current.ShouldBe(Current);
        ContainerOwner.Parse(Current.ToString()).ShouldBe(Current);
    }

    [Fact]
    public async Task Current_ManyAtOnceInANewDirectory_AgreeOnOneInstallation()
    {
        for (var round = 0; round < 200; round++)
        {
            var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Current.Installation)));

            all.Distinct().Count().ShouldBe(1);
            var file = _state.GetFiles().ShouldHaveSingleItem();
            file.Name.ShouldBe("installation");
            file.Delete();
        }
    }

    [Fact]
    public void Current_AnotherDirectory_IsAnotherInstallation()
    {
        var other = Directory.CreateTempSubdirectory("loopcluster-state-");
        try
        {
            ContainerOwner.Current(other.FullName).Installation.ShouldNotBe(Current.Installation);
        }
        finally
        {
            other.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c.d")]
    [InlineData("a.b.c.x.1")]
    [InlineData("a.b.c.1.1.1")]
    [InlineData("a.b.c.-1.1")]
    public void Parse_NoOwner_IsNull(string text) => ContainerOwner.Parse(text).ShouldBeNull();

    [Fact]
    public void IsProvablyDead_RunningProcess_IsFalse()
    {
        Current.IsProvablyDead(Current).ShouldBeFalse();
        // Process 1 is another user's for most; it lives.
        (Current with { Installation = "other", Pid = 1, Started = StartOf(1) }).IsProvablyDead(Current).ShouldBeFalse();
    }

    [Fact]
    public void IsProvablyDead_NumberNobodyHas_IsTrue() =>
        (Current with { Installation = "other", Pid = int.MaxValue }).IsProvablyDead(Current).ShouldBeTrue();

    [Fact]
    public void IsProvablyDead_NumberUsedAgain_IsTrue() => (Current with { Started = 1 }).IsProvablyDead(Current).ShouldBeTrue();

    [Fact]
    public void IsProvablyDead_OtherNamespaceOrMachine_ProvesNothing()
    {
        (Current with { Installation = "other", PidNamespace = "1", Pid = int.MaxValue }).IsProvablyDead(Current).ShouldBeFalse();
        (Current with { Installation = "other", Boot = "1", Pid = int.MaxValue }).IsProvablyDead(Current).ShouldBeFalse();
    }

    [Fact]
    public void MayBeRemoved_OlderEpochOfThisInstallation_OnlyWhenANewerIsKnown()
    {
        var (loop, now) = (new LoopId("a"), DateTimeOffset.UtcNow);
        var mine = new Leftover("0", Current.ToString(), loop, 1, now.AddHours(1));
        var theirs = mine with { Owner = (Current with { Installation = "other" }).ToString() };

        mine.MayBeRemoved(Current, new Dictionary<LoopId, int>(), now).ShouldBeFalse();
        mine.MayBeRemoved(Current, new Dictionary<LoopId, int> { [loop] = 1 }, now).ShouldBeFalse();
        mine.MayBeRemoved(Current, new Dictionary<LoopId, int> { [loop] = 2 }, now).ShouldBeTrue();
        theirs.MayBeRemoved(Current, new Dictionary<LoopId, int> { [loop] = 2 }, now).ShouldBeFalse();
    }

    [Theory]
    [InlineData("not-hex")]
    [InlineData("")]
    [InlineData("--all")]
    public void Read_IdThatIsNone_IsNull(string id) => Leftover.Read(id, _ => "").ShouldBeNull();

    [Fact]
    public void MayBeRemoved_UnreadableLabels_IsLeftAlone()
    {
        var leftover = Leftover.Read("abc", label => label == ContainerLabels.Owner ? "somebody"
            : label == ContainerLabels.Epoch ? "x"
            : "soon")!;

        leftover.MayBeRemoved(Current, new Dictionary<LoopId, int>(), DateTimeOffset.UtcNow).ShouldBeFalse();
    }

    private static long StartOf(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], null);
    }
}
