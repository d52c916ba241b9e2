namespace LoopCluster.Sandboxes.Cli;

/// <summary>Bound from <c>LoopCluster:Sandbox</c>.</summary>
public sealed class ContainerCliOptions : SandboxOptions
{
    /// <summary>
    /// The engine's command line client, a name on the path or a path. Default: the first of <c>docker, podman, nerdctl</c> that answers.
    /// </summary>
    public string? Cli { get; set; }
}
