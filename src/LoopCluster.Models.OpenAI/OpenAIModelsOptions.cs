namespace LoopCluster.Models.OpenAI;

/// <summary>How endpoints are talked to. Section <c>LoopCluster:Models</c>.</summary>
public sealed class OpenAIModelsOptions
{
    public const string Section = "LoopCluster:Models";

    /// <summary>For one call, from sending to the last byte. Default: 10 minutes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>To connect. Default: 15 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// An idle connection older than this is not used again. Default: 4 seconds, since vLLM's server closes at 5, and a request that meets
    /// the close is one nobody knows to have been served or not.
    /// </summary>
    public TimeSpan IdleConnectionTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>To one host, whatever the concurrency of its models adds up to. Default: 1024.</summary>
    public int MaxConnectionsPerHost { get; set; } = 1024;

    /// <summary>Bytes of one reply, streamed or not. Default: 16 MiB.</summary>
    public int MaxReplyBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How old a figure of a replica's load may be. Default: 1 second.</summary>
    public TimeSpan LoadPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>For reading a replica's load. Default: 1 second.</summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Honour <c>HTTP_PROXY</c>, <c>HTTPS_PROXY</c> and <c>NO_PROXY</c>. Default: true.</summary>
    public bool UseProxy { get; set; } = true;
}
