using Docker.DotNet;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>The variables by which Docker's own client finds its engine.</summary>
internal sealed class EngineEnvironment(Func<string, string?> read) : IDockerCliSettings
{
    public static readonly EngineEnvironment OfThisProcess = new(Environment.GetEnvironmentVariable);

    public string? DockerConfig => read("DOCKER_CONFIG");

    public string? DockerHost => read("DOCKER_HOST");

    public string? DockerTlsVerify => read("DOCKER_TLS_VERIFY");

    public string? DockerContext => read("DOCKER_CONTEXT");

    /// <summary>Where the client's certificates lie.</summary>
    public string CertificateDirectory =>
        read("DOCKER_CERT_PATH") is { Length: > 0 } path
            ? path
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");
}
