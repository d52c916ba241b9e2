namespace LoopCluster.Models.OpenAI.Server;

/// <summary>What <c>loop model-server</c> is told.</summary>
public sealed record ModelServerOptions
{
    /// <summary>Path of the script, YAML or JSON. Read once, at the start.</summary>
    public required string ScriptFile { get; init; }

    /// <summary>0 for any free one. Default: 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>An IP address. Default: 127.0.0.1, since the server asks nobody who they are.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Time between a request and its reply, as if a model thought. Default: none.</summary>
    public TimeSpan Delay { get; init; }
}
