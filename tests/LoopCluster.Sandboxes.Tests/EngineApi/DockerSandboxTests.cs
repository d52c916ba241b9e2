using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>The port's contract on this machine's engine.</summary>
[Trait("Category", "Docker")]
public sealed class DockerSandboxTests : SandboxContract, IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-state-");

    public void Dispose() => _state.Delete(recursive: true);

    protected override Task<string?> FindReasonToSkipAsync() => LiveEngine.Rig.FindReasonToSkipAsync();

    protected override ISandbox CreateSandbox() => LiveEngine.Rig.CreateSandbox(_state.FullName);

    protected override Task<IReadOnlyList<string>> ListContainersAsync(LoopId loop) => LiveEngine.Rig.ListAsync(loop);
}
