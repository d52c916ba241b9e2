using LoopCluster.Sandboxes.Containers;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.Cli;

/// <summary>Reaches an engine through its command line client.</summary>
internal sealed class ContainerCliDriver(IOptions<ContainerCliOptions> options) : IContainerDriver
{
    public string Name => "cli";

    public SandboxOptions Options => options.Value;

    // Docker's own client asks for Docker, which other drivers reach as well.
    public bool IsMeant => options.Value.Cli is { } cli && Path.GetFileName(cli) != "docker";

    public async Task<IContainerEngine> ConnectAsync(CancellationToken cancellationToken) =>
        await ContainerEngine.FindAsync(options.Value.Cli, cancellationToken).ConfigureAwait(false);
}
