using System.Net;
using Docker.DotNet;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>Where the engine is, and how it is known to be the right one.</summary>
/// <param name="Tls">Null over a socket, and over TCP without TLS.</param>
internal sealed record EngineAddress(Uri Endpoint, EngineTls? Tls)
{
    public bool IsSocket => Endpoint.Scheme == "unix";

    public static bool IsSupported(Uri endpoint) =>
        endpoint.IsAbsoluteUri
        && (
            endpoint.Scheme == "unix"
                ? endpoint.LocalPath.Length > 1
                : endpoint.Scheme == "tcp" && endpoint.Host.Length > 0 && endpoint.Port > 0
        );

    /// <exception cref="Engine.Errors.InfrastructureException">The settings lead nowhere.</exception>
    public static EngineAddress Resolve(DockerSandboxOptions options, EngineEnvironment environment)
    {
        var endpoint = options.Endpoint ?? Find(environment);
        if (!IsSupported(endpoint))
        {
            throw SandboxFaults.Unavailable($"The engine's address {endpoint} is neither unix:///path nor tcp://host:port.");
        }

        var address = new EngineAddress(endpoint, endpoint.Scheme == "tcp" ? EngineTls.Resolve(options, environment) : null);
        return address.IsSocket || address.Tls is not null || options.AllowPlainTcp || IsOwn(endpoint)
            ? address
            : throw SandboxFaults.Unavailable(
                $"{endpoint} is another host without TLS: whoever reaches that port is root there. Set {SandboxOptions.Section}:AuthorityFile, CertificateFile and KeyFile, or AllowPlainTcp to true."
            );
    }

    private static Uri Find(EngineEnvironment environment)
    {
        try
        {
            return new DockerConfig(environment).GetEndpoint();
        }
        catch (DockerConfigurationException e)
        {
            throw SandboxFaults.Unavailable(e.Message, e);
        }
    }

    private static bool IsOwn(Uri endpoint) =>
        endpoint.IsLoopback || (IPAddress.TryParse(endpoint.Host, out var address) && IPAddress.IsLoopback(address));
}
