using LoopCluster.Sandboxes.Containers;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>Reaches an engine through its API.</summary>
internal sealed class DockerDriver(IOptions<DockerSandboxOptions> options) : IContainerDriver
{
    public string Name => "docker";

    public SandboxOptions Options => options.Value;

    public bool IsMeant => options.Value.Endpoint is not null;

    public async Task<IContainerEngine> ConnectAsync(CancellationToken cancellationToken) =>
        await DockerEngine.ConnectAsync(options.Value, cancellationToken).ConfigureAwait(false);
}
