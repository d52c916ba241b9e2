using LoopCluster.TestKit.Kills;
using Xunit.Abstractions;

namespace LoopCluster.FaultTests.Kills;

/// <summary>The kills of every host, on one process over one data directory.</summary>
public sealed class LocalKillMatrixTests(ITestOutputHelper output) : KillMatrixTests(output)
{
    protected override int Sample => 32;

    protected override int ContainerSample => 6;

    private protected override ValueTask<FaultTarget> OpenAsync() => ValueTask.FromResult(FaultTarget.Local);
}

public sealed class LocalKillInCommandTests : KillInCommandTests
{
    private protected override ValueTask<FaultTarget> OpenAsync() => ValueTask.FromResult(FaultTarget.Local);
}

public sealed class LocalKillOutsideCommandsTests : KillOutsideCommandsTests
{
    private protected override ValueTask<FaultTarget> OpenAsync() => ValueTask.FromResult(FaultTarget.Local);
}

public sealed class LocalKillWhileCancellingTests : KillWhileCancellingTests
{
    private protected override ValueTask<FaultTarget> OpenAsync() => ValueTask.FromResult(FaultTarget.Local);
}

public sealed class LocalExternalCallTests : ExternalCallTests
{
    private protected override ValueTask<FaultTarget> OpenAsync() => ValueTask.FromResult(FaultTarget.Local);
}
