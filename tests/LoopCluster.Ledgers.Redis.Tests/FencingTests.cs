using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>Processes that append to one loop, each over a connection of its own: the server decides.</summary>
[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class FencingTests(RedisFixture redis)
{
    private const int Rounds = 300;

    [SkippableFact]
    public async Task Append_ClaimantsAtTheSameInstant_ExactlyOneWins()
    {
        await using var one = new RedisDriver(redis.Server);
        await using var other = new RedisDriver(redis.Server);
        await using var third = new RedisDriver(redis.Server);
        RedisDriver[] drivers = [one, other, third];
        var head = new LedgerEntryBuilder($"f-{Guid.NewGuid():N}").Next();
        await one.Ledger.AppendAsync(head, default);
        for (var round = 0; round < Rounds; round++)
        {
            using var barrier = new Barrier(drivers.Length);
            var claims = drivers.Select((_, i) => Claim(head, round + 2, i)).ToArray();
            var won = await Task.WhenAll(
                drivers.Select(
                    (driver, i) =>
                        Task
                            .Factory.StartNew(
                                () =>
                                {
                                    barrier.SignalAndWait();
                                    return TryAppendAsync(driver.Ledger, claims[i]);
                                },
                                CancellationToken.None,
                                TaskCreationOptions.LongRunning,
                                TaskScheduler.Default
                            )
                            .Unwrap()
                )
            );

            won.Count(w => w).ShouldBe(1, $"round {round}");
            head = claims[Array.IndexOf(won, true)];
            foreach (var driver in drivers)
            {
                (await driver.Ledger.ReadHeadAsync(head.Loop, default)).ShouldBe(new LedgerHead(head.Seq, head.Epoch, head.Hash));
            }
        }

        await ShouldBeWholeAsync(one.Ledger, head, Rounds + 1);
    }

    [SkippableFact]
    public async Task Append_OfAnOlderEpochInFlightAtAClaim_NeverLeavesTwoEntriesAtOneSeq()
    {
        await using var owner = new RedisDriver(redis.Server);
        await using var claimant = new RedisDriver(redis.Server);
        var head = new LedgerEntryBuilder($"f-{Guid.NewGuid():N}").Next();
        await owner.Ledger.AppendAsync(head, default);
        var (owned, claimed) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var turn = LedgerEntryBuilder.Seal(head.Loop, head.Seq + 1, head.Epoch, head.Hash, "note-kept", "{}");
            var claim = Claim(head, head.Epoch + 1, 0);
            var appending = TryAppendAsync(owner.Ledger, turn);
            var claiming = TryAppendAsync(claimant.Ledger, claim);
            var (appended, taken) = (await appending, await claiming);

            (appended ^ taken).ShouldBeTrue($"round {round}: owner {appended}, claimant {taken}");
            owned += appended ? 1 : 0;
            claimed += taken ? 1 : 0;
            head = taken ? claim : turn;
            if (taken)
            {
                // From here on the owner is fenced: neither its old entry nor a next one gets in.
                (await TryAppendAsync(owner.Ledger, turn)).ShouldBeFalse();
                (
                    await TryAppendAsync(
                        owner.Ledger,
                        LedgerEntryBuilder.Seal(head.Loop, head.Seq + 1, head.Epoch - 1, head.Hash, "note-kept", "{}")
                    )
                ).ShouldBeFalse();
            }
        }

        await ShouldBeWholeAsync(claimant.Ledger, head, Rounds + 1);
        (owned + claimed).ShouldBe(Rounds);
    }

    [SkippableFact]
    public async Task Append_SameEntryFromTwoProcesses_BothSucceedAndItIsThereOnce()
    {
        await using var one = new RedisDriver(redis.Server);
        await using var other = new RedisDriver(redis.Server);
        var loop = new LedgerEntryBuilder($"f-{Guid.NewGuid():N}");
        var lines = loop.Take(50);
        foreach (var line in lines)
        {
            await Task.WhenAll(one.Ledger.AppendAsync(line, default).AsTask(), other.Ledger.AppendAsync(line, default).AsTask());
        }

        await ShouldBeWholeAsync(one.Ledger, lines[^1], 50);
    }

    private static LedgerLine Claim(LedgerLine head, int epoch, int claimant) =>
        LedgerEntryBuilder.Seal(
            head.Loop,
            head.Seq + 1,
            epoch,
            head.Hash,
            "driver-started",
            $"{{\"epoch\":{epoch},\"host\":\"{claimant}\"}}"
        );

    private static async Task<bool> TryAppendAsync(ILoopLedger ledger, LedgerLine line)
    {
        try
        {
            await ledger.AppendAsync(line, default);
            return true;
        }
        catch (LedgerConflictException)
        {
            return false;
        }
    }

    private static async Task ShouldBeWholeAsync(ILoopLedger ledger, LedgerLine head, int entries)
    {
        var seen = 0L;
        await foreach (var line in ledger.ReadAsync(head.Loop, 1, default))
        {
            line.Seq.ShouldBe(++seen);
        }

        seen.ShouldBe(entries);
        seen.ShouldBe(head.Seq);
    }
}
