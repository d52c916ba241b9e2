using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>
/// Mutual TLS from PEM files. The engine's certificate must lead to one of the authorities given, and to no other, and must be a server's
/// for the host that was asked for: the certificate of another client of the same authority is not enough.
/// </summary>
internal sealed record EngineTls(string AuthorityFile, string CertificateFile, string KeyFile)
{
    /// <returns>Null when neither the options nor the environment name certificates.</returns>
    public static EngineTls? Resolve(DockerSandboxOptions options, EngineEnvironment environment)
    {
        if (options is { AuthorityFile: { } authority, CertificateFile: { } certificate, KeyFile: { } key })
        {
            return new EngineTls(authority, certificate, key);
        }

        if (string.IsNullOrEmpty(environment.DockerTlsVerify))
        {
            return null;
        }

        var directory = environment.CertificateDirectory;
        return new EngineTls(Path.Combine(directory, "ca.pem"), Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
    }

    /// <exception cref="Engine.Errors.InfrastructureException">A file cannot be read or used.</exception>
    public SslClientAuthenticationOptions ToOptions()
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(CertificateFile);
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(AuthorityFile);
            var own = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);
            return new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                ClientCertificateContext = SslStreamCertificateContext.Create(own, [.. chain.Skip(1)], offline: true),
            };
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw SandboxFaults.Unavailable(
                $"The certificates for the engine cannot be used ({AuthorityFile}, {CertificateFile}, {KeyFile}): {e.Message}",
                e
            );
        }
    }
}
