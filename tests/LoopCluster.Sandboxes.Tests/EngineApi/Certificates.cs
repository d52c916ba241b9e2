using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LoopCluster.Sandboxes.EngineApi;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>An authority of its own and what it signs, as PEM files in one directory.</summary>
internal sealed class Certificates : IDisposable
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("loopcluster-pem-");
    private readonly X509Certificate2 _authority;

    public Certificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        AuthorityFile = Write("ca", _authority.ExportCertificatePem());
        (ServerFile, ServerKeyFile) = Issue("server", ForServers, "127.0.0.1");
        (ClientFile, ClientKeyFile) = Issue("client", ForClients, "127.0.0.1");
    }

    public string AuthorityFile { get; }

    /// <summary>For 127.0.0.1.</summary>
    public string ServerFile { get; }

    public string ServerKeyFile { get; }

    public string ClientFile { get; }

    public string ClientKeyFile { get; }

    /// <summary>Good in everything but the name.</summary>
    public (string File, string KeyFile) IssueServerFor(string address) => Issue("other-server", ForServers, address);

    public void Configure(DockerSandboxOptions options) =>
        (options.AuthorityFile, options.CertificateFile, options.KeyFile) = (AuthorityFile, ClientFile, ClientKeyFile);

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Delete(recursive: true);
    }

    private (string File, string KeyFile) Issue(string name, string purpose, string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using var signed = request.Create(
            _authority,
            DateTimeOffset.UtcNow.AddMinutes(-30),
            DateTimeOffset.UtcNow.AddHours(12),
            RandomNumberGenerator.GetBytes(12)
        );
        return (Write(name, signed.ExportCertificatePem()), Write(name + "-key", key.ExportPkcs8PrivateKeyPem()));
    }

    private string Write(string name, string pem)
    {
        var path = Path.Combine(_directory.FullName, name + ".pem");
        File.WriteAllText(path, pem);
        return path;
    }
}
