namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>Bound from <c>LoopCluster:Sandbox</c>.</summary>
public sealed class DockerSandboxOptions : SandboxOptions
{
    /// <summary>
    /// The engine's address: <c>unix:///path</c> or <c>tcp://host:port</c>. Over TCP it must see this host's directories under the same
    /// paths. Default: <c>DOCKER_HOST</c>, else the current Docker context, else <c>unix:///var/run/docker.sock</c>.
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// PEM file of the authorities one of which signed the engine's certificate. Default: <c>ca.pem</c> in <c>DOCKER_CERT_PATH</c> if
    /// <c>DOCKER_TLS_VERIFY</c> is set.
    /// </summary>
    public string? AuthorityFile { get; set; }

    /// <summary>
    /// PEM file of this client's certificate, any intermediate ones after it. Default: <c>cert.pem</c> as for <see cref="AuthorityFile"/>.
    /// </summary>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file of its private key. Default: <c>key.pem</c> as for <see cref="AuthorityFile"/>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// TCP to another address than this host's own without TLS: whoever can reach that port is root there. Default: false.
    /// </summary>
    public bool AllowPlainTcp { get; set; }

    /// <summary>How long a connection may take to be made. Default: 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the engine may take to answer anything but the wait for a container's end. Default: 30 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
