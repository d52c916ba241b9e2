using System.Diagnostics;
using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Runtime.Budgets;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Bench.Budgets;

/// <summary>
/// Children that race one ceiling with calls of random sizes and bills. Some die when they have drawn and do not know it, some when they
/// have spent and not given back; what they held is closed from what their ledgers would say.
/// </summary>
internal static class BudgetBench
{
    private const decimal Ceiling = 10m;
    private const decimal LargestCall = 0.02m;
    private static readonly BudgetCeilings Ceilings = new() { CostPerDay = Ceiling };
    private static readonly DateOnly Today = new(2026, 11, 30);

    public static async Task<object> RunAsync(int children, int seed)
    {
        var memory = await RaceAsync([new MemoryAccountStore()], children, seed);
        if (RedisServer.Missing() is not null)
        {
            return new { memory, machine = Measure.Machine() };
        }

        await using var server = await RedisServer.StartAsync(new RedisSetup());
        await using var first = Services(server);
        await using var second = Services(server);
        await using var third = Services(server);
        IAccountStore[] stores = [.. new[] { first, second, third }.Select(s => s.GetRequiredService<IAccountStore>())];
        return new
        {
            memory,
            redisOfThreeProcesses = await RaceAsync(stores, children, seed),
            machine = Measure.Machine(),
        };
    }

    private static ServiceProvider Services(RedisServer server)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddRedisLedger(options =>
            (options.Configuration, options.AllowNoPassword, options.Prefix) = (server.Configuration, true, "bench")
        );
        return services.BuildServiceProvider();
    }

    private static async Task<object> RaceAsync(IReadOnlyList<IAccountStore> stores, int children, int seed)
    {
        // Drivers of one process take turns, as they do in the product.
        var turns = stores.Select(_ => new SemaphoreSlim(1)).ToArray();
        var started = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(
            Enumerable
                .Range(0, children)
                .Select(i => Task.Run(() => new Child(stores[i % stores.Count], turns[i % stores.Count], i, seed).RunAsync()))
        );
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var account = (await stores[0].ReadAsync("race", default))!.Account;
        var spent = all.Sum(c => c.Spent);
        return new
        {
            children,
            draws = all.Sum(c => c.Draws),
            drawsPerSecond = Math.Round(all.Sum(c => c.Draws) / seconds),
            crashes = all.Sum(c => c.Crashes),
            ceiling = Ceiling,
            spent,
            counted = account.Spent.Values.Sum(s => s.Cost),
            overshoot = Math.Max(0, spent - Ceiling),
            heldAtTheEnd = account.Held.Cost,
            usableShare = Math.Round(spent / Ceiling, 4),
        };
    }

    private sealed class Child(IAccountStore store, SemaphoreSlim turn, int index, int seed)
    {
        private readonly LoopId _loop = new($"child-{index}");
        private readonly Random _random = new(HashCode.Combine(seed, index));
        private Allotment? _held;

        public decimal Spent { get; private set; }

        public int Draws { get; private set; }

        public int Crashes { get; private set; }

        /// <summary>Until nothing is left that pays the smallest call and nobody holds what may come back.</summary>
        public async Task<Child> RunAsync()
        {
            while (true)
            {
                var call = new SpendAmount(0, Math.Round(LargestCall * (decimal)(0.05 + (_random.NextDouble() * 0.95)), 6));
                if (_held is null || !_held.Left.Covers(call))
                {
                    var answer = await DrawAsync(call);
                    if (answer.Granted is not { } granted)
                    {
                        _held = null;
                        if (!answer.IsHeld)
                        {
                            return this;
                        }

                        await Task.Delay(_random.Next(1, 20));
                        continue;
                    }

                    if (_random.Next(20) == 0)
                    {
                        // Died before it heard: its ledger has the allotment before, which was given back with the draw.
                        await CrashAsync(_held);
                        continue;
                    }

                    _held = new Allotment(granted.Lease, granted.Granted, granted.Day);
                }

                var bill = new SpendAmount(0, Math.Round(call.Cost * (decimal)_random.NextDouble(), 6));
                _held = _held with { Spent = _held.Spent + bill };
                Spent += bill.Cost;
                if (_random.Next(40) == 0)
                {
                    await CrashAsync(_held);
                }
            }
        }

        private async Task<AllotmentAnswer> DrawAsync(SpendAmount call)
        {
            var draw = new AllotmentDraw(_loop, $"{++Draws}", call, call, _held);
            AllotmentAnswer answer = null!;
            await ChangeAsync(account =>
            {
                (account, answer) = account.Draw(Ceilings, Today, draw);
                return account;
            });
            return answer;
        }

        private async Task CrashAsync(Allotment? known)
        {
            Crashes++;
            _held = null;
            await ChangeAsync(account => account.Close(_loop, known, ended: true));
        }

        private async Task ChangeAsync(Func<BudgetAccount, BudgetAccount> change)
        {
            await turn.WaitAsync();
            try
            {
                while (true)
                {
                    var stored = await store.ReadAsync("race", default);
                    if (await store.TryWriteAsync("race", change(stored?.Account ?? BudgetAccount.Empty), stored?.Stamp, default))
                    {
                        return;
                    }
                }
            }
            finally
            {
                turn.Release();
            }
        }
    }
}
