using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Contracts;

/// <summary>What every <see cref="IApiKeyStore"/> driver keeps.</summary>
public abstract class ApiKeyStoreContractTests
{
    /// <summary>The promise of the port: what one process does counts in the others within two seconds.</summary>
    private static readonly TimeSpan Seen = TimeSpan.FromSeconds(2);

    protected abstract IApiKeyStore Keys { get; }

    /// <summary>The same store as another process has it.</summary>
    protected abstract ValueTask<IApiKeyStore> OpenAnotherAsync();

    [SkippableFact]
    public async Task Find_AddedKey_IsThatKey()
    {
        var (key, kept) = ApiKeys.New("acme", TimeProvider.System);
        await Keys.AddAsync(kept, default);

        (await Keys.FindAsync(kept.Hash, default)).ShouldBe(kept);
        (await ApiKeys.FindAsync(Keys, key, default)).ShouldBe(kept);
        (await ApiKeys.FindAsync(Keys, key + " ", default)).ShouldBeNull();
        (await ApiKeys.FindAsync(Keys, "", default)).ShouldBeNull();
        (await Keys.FindAsync(new string('0', 64), default)).ShouldBeNull();
    }

    [SkippableFact]
    public async Task Add_SameKeyTwice_IsOneKey()
    {
        var (_, kept) = ApiKeys.New("acme", TimeProvider.System);

        await Keys.AddAsync(kept, default);
        await Keys.AddAsync(kept, default);

        (await Keys.ListAsync(default)).Count(k => k.Hash == kept.Hash).ShouldBe(1);
    }

    [SkippableFact]
    public async Task List_SeveralTenants_IsByTenantAndPrefix()
    {
        var made = new[] { "globex", "acme", "acme", "initech" }.Select(t => ApiKeys.New(t, TimeProvider.System).Kept).ToList();
        foreach (var key in made)
        {
            await Keys.AddAsync(key, default);
        }

        (await Keys.ListAsync(default)).ShouldBe(
            made.OrderBy(k => k.Tenant, StringComparer.Ordinal).ThenBy(k => k.Prefix, StringComparer.Ordinal)
        );
    }

    [SkippableFact]
    public async Task Revoke_OneKey_EndsItAloneAndForGood()
    {
        var (key, kept) = ApiKeys.New("acme", TimeProvider.System);
        var (_, other) = ApiKeys.New("acme", TimeProvider.System);
        await Keys.AddAsync(kept, default);
        await Keys.AddAsync(other, default);

        (await Keys.RevokeAsync(kept.Prefix, default)).ShouldBeTrue();

        (await Keys.RevokeAsync(kept.Prefix, default)).ShouldBeFalse();
        (await Keys.RevokeAsync("lc_nosuchprefix", default)).ShouldBeFalse();
        (await ApiKeys.FindAsync(Keys, key, default)).ShouldBeNull();
        (await Keys.ListAsync(default)).ShouldBe([other]);
        (await Keys.FindAsync(other.Hash, default)).ShouldBe(other);
    }

    [SkippableFact]
    public async Task Another_AddAndRevoke_CountHereWithinTwoSeconds()
    {
        var another = await OpenAnotherAsync();
        var (_, kept) = ApiKeys.New("acme", TimeProvider.System);
        (await Keys.FindAsync(kept.Hash, default)).ShouldBeNull();

        await another.AddAsync(kept, default);
        await UntilAsync(async () => await Keys.FindAsync(kept.Hash, default) is not null);
        await another.RevokeAsync(kept.Prefix, default);
        await UntilAsync(async () => await Keys.FindAsync(kept.Hash, default) is null);

        (await Keys.ListAsync(default)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Add_ManyAtOnceFromTwoProcesses_NoneIsLost()
    {
        var another = await OpenAnotherAsync();
        var made = Enumerable.Range(0, 40).Select(_ => ApiKeys.New("acme", TimeProvider.System).Kept).ToList();

        await Task.WhenAll(made.Select((k, i) => Task.Run(async () => await (i % 2 == 0 ? Keys : another).AddAsync(k, default))));

        (await Keys.ListAsync(default)).Count.ShouldBe(40);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Seen);
        while (!await condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
