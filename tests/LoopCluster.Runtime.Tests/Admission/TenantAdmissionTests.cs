using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tests.Admission;

public sealed class TenantAdmissionTests
{
    private static readonly LoopId A = new("a"),
        B = new("b"),
        C = new("c");

    private readonly TenantAdmission _tenant = new();

    [Fact]
    public void AdmitNext_PlacesLeft_GivesThemInTurnAndSaysHowManyHadOne()
    {
        Enqueue(A, B, C);

        _tenant.AdmitNext(2).ShouldBe(new AdmittedLoop(A, new AdmitSignal(0, 2)));
        _tenant.AdmitNext(2).ShouldBe(new AdmittedLoop(B, new AdmitSignal(1, 2)));
        _tenant.AdmitNext(2).ShouldBeNull();
        _tenant.Queue.ShouldBe([C]);
        _tenant.GiveBack(A);
        _tenant.AdmitNext(2)!.Value.Loop.ShouldBe(C);
    }

    [Fact]
    public void AdmitNext_NoLimit_GivesAllAPlace()
    {
        Enqueue(A, B);

        _tenant.AdmitNext(0).ShouldNotBeNull();
        _tenant.AdmitNext(0).ShouldNotBeNull();
        _tenant.AdmitNext(0).ShouldBeNull();
    }

    [Fact]
    public void Enqueue_AgainOrWithAPlace_ChangesNothing()
    {
        Enqueue(A, B, A);
        _tenant.Queue.ShouldBe([A, B]);
        _tenant.Take(B);
        Enqueue(B);

        _tenant.Queue.ShouldBe([A]);
        (_tenant.Running, _tenant.HasPlace(B)).ShouldBe((1, true));
    }

    [Fact]
    public void Keep_LoopsThatAreGone_LeavePlaceAndQueue()
    {
        Enqueue(A, B);
        _tenant.Take(C);

        _tenant.Keep(new HashSet<LoopId> { B });

        (_tenant.Running, _tenant.IsEmpty).ShouldBe((0, false));
        _tenant.Queue.ShouldBe([B]);
        _tenant.GiveBack(B);
        _tenant.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Enqueue_HeardOfInAnotherOrder_QueueIsByCreation()
    {
        _tenant.Enqueue(new LoopCursor(2, A));
        _tenant.Enqueue(new LoopCursor(1, C));
        _tenant.Enqueue(new LoopCursor(1, B));

        _tenant.Queue.ShouldBe([B, C, A]);
        _tenant.AdmitNext(1)!.Value.Loop.ShouldBe(B);
    }

    private void Enqueue(params LoopId[] loops) => Array.ForEach(loops, loop => _tenant.Enqueue(new LoopCursor(1, loop)));
}
