using LoopCluster.Runtime.Budgets;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;

namespace LoopCluster.Runtime.Tests.Budgets;

public sealed class MemoryAccountStoreTests : AccountStoreContractTests
{
    protected override IAccountStore Store { get; } = new MemoryAccountStore();

    protected override ValueTask<IAccountStore> OpenAnotherAsync() => ValueTask.FromResult(Store);
}
