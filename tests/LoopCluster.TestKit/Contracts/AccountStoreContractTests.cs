using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Contracts;

/// <summary>What every <see cref="IAccountStore"/> keeps.</summary>
public abstract class AccountStoreContractTests
{
    private static readonly DateOnly Today = new(2026, 11, 30);

    private readonly string _tenant = $"tenant-{Guid.NewGuid():n}";

    protected abstract IAccountStore Store { get; }

    /// <summary>The same store as another process has it.</summary>
    protected abstract ValueTask<IAccountStore> OpenAnotherAsync();

    [SkippableFact]
    public async Task Read_NothingKept_IsNull() => (await Store.ReadAsync(_tenant, default)).ShouldBeNull();

    [SkippableFact]
    public async Task TryWrite_AnAccount_IsReadAsItIs()
    {
        var open = new OpenAllotment("1-7", new SpendAmount(5, 0.25m), Today) { Counted = new SpendAmount(2, 0.125m) };
        var account = BudgetAccount.Empty.With(new LoopId("a"), [new SpendDay(Today) { TokensIn = 7, Cost = 1.5m }], null);
        account = account with { Open = account.Open.Add(new LoopId("b"), open) };

        (await Store.TryWriteAsync(_tenant, account, null, default)).ShouldBeTrue();

        var read = (await (await OpenAnotherAsync()).ReadAsync(_tenant, default)).ShouldNotBeNull().Account;
        read.Spent.ShouldBe(account.Spent);
        read.Open.ShouldBe(account.Open);
    }

    [SkippableFact]
    public async Task TryWrite_MadeFromAnOlderOne_ChangesNothing()
    {
        await Store.TryWriteAsync(_tenant, BudgetAccount.Empty, null, default);
        var read = (await Store.ReadAsync(_tenant, default))!;
        var next = read.Account.With(new LoopId("a"), [new SpendDay(Today) { Cost = 1m }], null);

        (await Store.TryWriteAsync(_tenant, next, null, default)).ShouldBeFalse();
        (await Store.TryWriteAsync(_tenant, next, read.Stamp, default)).ShouldBeTrue();
        (await Store.TryWriteAsync(_tenant, BudgetAccount.Empty, read.Stamp, default)).ShouldBeFalse();

        (await Store.ReadAsync(_tenant, default))!.Account.Spent[Today].Cost.ShouldBe(1m);
    }

    /// <summary>Two processes draw for many loops at once: together never above the ceiling, and all of it is given.</summary>
    [SkippableFact]
    public async Task TryWrite_ManyAtOnce_LosesNoneAndGrantsNoMoreThanThereIs()
    {
        IAccountStore[] stores = [Store, await OpenAnotherAsync()];
        var ceilings = new BudgetCeilings { CostPerDay = 20m };

        var granted = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => DrawAsync(stores[i % 2], ceilings, new LoopId($"l-{i}"))));

        granted.Sum(g => g?.Granted.Cost ?? 0).ShouldBeLessThanOrEqualTo(20m);
        var account = (await Store.ReadAsync(_tenant, default))!.Account;
        account.Held.Cost.ShouldBe(granted.Sum(g => g?.Granted.Cost ?? 0));
        (20m - account.Held.Cost).ShouldBeLessThan(1m);
    }

    private async Task<OpenAllotment?> DrawAsync(IAccountStore store, BudgetCeilings ceilings, LoopId loop)
    {
        await Task.Yield();
        while (true)
        {
            var stored = await store.ReadAsync(_tenant, default);
            var one = new SpendAmount(0, 1m);
            var (next, answer) = (stored?.Account ?? BudgetAccount.Empty).Draw(
                ceilings,
                Today,
                new AllotmentDraw(loop, "1-1", one, one, null)
            );
            if (await store.TryWriteAsync(_tenant, next, stored?.Stamp, default))
            {
                return answer.Granted;
            }
        }
    }
}
