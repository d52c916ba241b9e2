using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.EngineApi;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

public sealed class EngineAddressTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("loopcluster-home-");
    private readonly Dictionary<string, string?> _variables;

    public EngineAddressTests() => _variables = new Dictionary<string, string?> { ["DOCKER_CONFIG"] = _home.FullName };

    public void Dispose() => _home.Delete(recursive: true);

    private EngineAddress Resolve(DockerSandboxOptions? options = null) =>
        EngineAddress.Resolve(options ?? new DockerSandboxOptions(), new EngineEnvironment(name => _variables.GetValueOrDefault(name)));

    [Fact]
    public void Resolve_NothingSaid_IsTheLocalSocket() => Resolve().Endpoint.OriginalString.ShouldBe("unix:///var/run/docker.sock");

    [Fact]
    public void Resolve_DockerHost_IsHonouredUnlessAnEndpointIsSet()
    {
        _variables["DOCKER_HOST"] = "unix:///elsewhere.sock";

        Resolve().Endpoint.LocalPath.ShouldBe("/elsewhere.sock");
        Resolve(new DockerSandboxOptions { Endpoint = new Uri("unix:///mine.sock") }).Endpoint.LocalPath.ShouldBe("/mine.sock");
    }

    [Theory]
    [InlineData("ssh://somebody@host")]
    [InlineData("npipe://./pipe/docker_engine")]
    [InlineData("tcp://host")]
    [InlineData("unix://")]
    [InlineData("no address")]
    public void Resolve_AddressThatIsNone_SaysSo(string host)
    {
        _variables["DOCKER_HOST"] = host;

        Should.Throw<InfrastructureException>(() => Resolve()).Code.ShouldBe("sandbox-unavailable");
    }

    [Theory]
    [InlineData("tcp://10.0.0.1:2375")]
    [InlineData("tcp://engine.example:2375")]
    public void Resolve_AnotherHostWithoutTls_IsRefusedUnlessAllowed(string endpoint)
    {
        var options = new DockerSandboxOptions { Endpoint = new Uri(endpoint) };

        Should.Throw<InfrastructureException>(() => Resolve(options)).Message.ShouldContain("LoopCluster:Sandbox:AuthorityFile");

        options.AllowPlainTcp = true;
        Resolve(options).Tls.ShouldBeNull();
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:2375")]
    [InlineData("tcp://localhost:2375")]
    [InlineData("tcp://[::1]:2375")]
    public void Resolve_ThisHostWithoutTls_IsAllowed(string endpoint) =>
        Resolve(new DockerSandboxOptions { Endpoint = new Uri(endpoint) }).Tls.ShouldBeNull();

    [Fact]
    public void Resolve_DockersTlsVariables_NameItsFiles()
    {
        (_variables["DOCKER_HOST"], _variables["DOCKER_TLS_VERIFY"], _variables["DOCKER_CERT_PATH"]) = (
            "tcp://10.0.0.1:2376",
            "1",
            "/certs"
        );

        Resolve().Tls.ShouldBe(new EngineTls("/certs/ca.pem", "/certs/cert.pem", "/certs/key.pem"));
    }

    [Fact]
    public void Resolve_FilesOfTheOptions_ComeBeforeTheEnvironment()
    {
        (_variables["DOCKER_TLS_VERIFY"], _variables["DOCKER_CERT_PATH"]) = ("1", "/certs");

        Resolve(
            new DockerSandboxOptions
            {
                Endpoint = new Uri("tcp://10.0.0.1:2376"),
                AuthorityFile = "a",
                CertificateFile = "c",
                KeyFile = "k",
            }
        )
            .Tls.ShouldBe(new EngineTls("a", "c", "k"));
    }

    [Fact]
    public void ToOptions_FilesThatAreNone_SaysWhich()
    {
        var fault = Should.Throw<InfrastructureException>(() => new EngineTls("/no/ca.pem", "/no/cert.pem", "/no/key.pem").ToOptions());

        fault.Message.ShouldContain("/no/cert.pem");
    }
}
