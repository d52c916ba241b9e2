using LoopCluster.Runtime.Routing;

namespace LoopCluster.Runtime.Tests.Routing;

public sealed class FairLimiterTests
{
    [Fact]
    public async Task Enter_ManyOfOneTenant_DoNotKeepAnotherWaiting()
    {
        var limiter = new FairLimiter();
        await limiter.EnterAsync(1, "many", default);
        var many = Enumerable.Range(0, 5).Select(_ => limiter.EnterAsync(1, "many", default).AsTask()).ToList();
        var one = limiter.EnterAsync(1, "one", default).AsTask();
        var another = limiter.EnterAsync(1, "one", default).AsTask();

        limiter.Exit();
        await many[0];
        limiter.Exit();
        await one;
        limiter.Exit();
        await many[1];
        limiter.Exit();
        await another;
        many[2].IsCompleted.ShouldBeFalse();
        limiter.Waiting.ShouldBe(3);
    }

    [Fact]
    public async Task Enter_Full_WaitsInOrder()
    {
        var limiter = new FairLimiter();
        await limiter.EnterAsync(1, "t", default);
        var waiting = Enumerable.Range(0, 3).Select(_ => limiter.EnterAsync(1, "t", default).AsTask()).ToList();
        foreach (var next in waiting)
        {
            waiting.Count(task => task.IsCompleted).ShouldBe(waiting.IndexOf(next));
            limiter.Exit();
            await next;
        }

        limiter.Exit();
        limiter.EnterAsync(1, "t", default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Enter_CancelledWaiter_GivesItsPlaceToTheNext()
    {
        var limiter = new FairLimiter();
        await limiter.EnterAsync(1, "t", default);
        using var cancel = new CancellationTokenSource();
        var given = limiter.EnterAsync(1, "t", cancel.Token).AsTask();
        var next = limiter.EnterAsync(1, "t", default).AsTask();

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => given);
        next.IsCompleted.ShouldBeFalse();
        limiter.Exit();
        await next;
    }

    [Fact]
    public async Task Enter_LimitRaisedAndLowered_HoldsFromThenOn()
    {
        var limiter = new FairLimiter();
        await limiter.EnterAsync(1, "t", default);
        var second = limiter.EnterAsync(1, "t", default).AsTask();
        var third = limiter.EnterAsync(3, "t", default).AsTask();
        await second;
        third.IsCompletedSuccessfully.ShouldBeTrue();

        var lowered = limiter.EnterAsync(1, "t", default).AsTask();
        limiter.Exit();
        limiter.Exit();
        lowered.IsCompleted.ShouldBeFalse();
        limiter.Exit();
        await lowered;
    }

    [Fact]
    public async Task Enter_ManyWithCancels_NeverOverTheLimitAndNoneLost()
    {
        var limiter = new FairLimiter();
        int active = 0,
            most = 0,
            ran = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, 2000)
                .Select(async n =>
                {
                    using var cancel = new CancellationTokenSource();
                    var entering = limiter.EnterAsync(4, "t", cancel.Token).AsTask();
                    if (n % 3 == 0)
                    {
                        await cancel.CancelAsync();
                    }

                    try
                    {
                        await entering;
                    }
                    catch (OperationCanceledException)
                    {
                        return;
                    }

                    InterlockedMax(ref most, Interlocked.Increment(ref active));
                    await Task.Yield();
                    Interlocked.Decrement(ref active);
                    Interlocked.Increment(ref ran);
                    limiter.Exit();
                })
        );

        most.ShouldBeLessThanOrEqualTo(4);
        ran.ShouldBeGreaterThanOrEqualTo(1333);
        limiter.EnterAsync(1, "t", default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); seen < value; )
        {
            seen = Interlocked.CompareExchange(ref target, value, seen) is var now && now == seen ? value : now;
        }
    }
}
