using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.EngineApi;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>What a person is told when the engine is not as it should be, and what is left of the container then.</summary>
public sealed class EngineFaultTests : IAsyncLifetime
{
    private static readonly SandboxOwner Owner = new(new LoopId("fault"), 1, "tests");
    private static readonly SandboxShape Shape = new()
    {
        ImageId = "sha256:abc",
        WorkspaceDirectory = "/nowhere",
        Limits = new SandboxLimits(),
    };

    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-fault-");
    private StubEngine _engine = null!;
    private ContainerSandbox _sandbox = null!;

    public async Task InitializeAsync()
    {
        _engine = await StubEngine.StartAsync();
        _sandbox = Create(_engine.Socket);
    }

    public async Task DisposeAsync()
    {
        await _sandbox.DisposeAsync();
        await _engine.DisposeAsync();
        _state.Delete(recursive: true);
    }

    /// <param name="patience">Short only where the engine hangs: a busy machine may take its time to answer.</param>
    private ContainerSandbox Create(string socket, int patience = 60) =>
        LiveEngine.CreateSandbox(_state.FullName, o =>
            (o.Endpoint, o.RequestTimeout) = (new Uri("unix://" + socket), TimeSpan.FromSeconds(patience))
        );

    private static byte[] Frame(char type, params byte[] payload) => [(byte)type, (byte)payload.Length, 0, 0, 0, .. payload];

    private Task<InfrastructureException> RunAsync() => RunAsync(_sandbox);

    private static async Task<InfrastructureException> RunAsync(ContainerSandbox sandbox) =>
        await Should.ThrowAsync<InfrastructureException>(async () =>
            await sandbox.RunAsync(Owner, Shape, new SandboxCall { Command = "true", Timeout = TimeSpan.FromSeconds(20) }, default)
        );

    [Fact]
    public async Task ResolveImage_NoSocket_SaysWhereAndWhatToDo()
    {
        await using var sandbox = Create("/no/such/socket");

        var fault = await Should.ThrowAsync<InfrastructureException>(async () => await sandbox.ResolveImageAsync("x", default));

        fault.Code.ShouldBe("sandbox-unavailable");
        fault.Message.ShouldContain("unix:///no/such/socket (not installed, or its engine is not running)");
        fault.Message.ShouldContain("./loop doctor");
    }

    [Fact]
    public async Task ResolveImage_Podman_IsLeftToItsClient()
    {
        _engine.On(
            "version",
            StubEngine.Json(200, """{"Version":"5","ApiVersion":"1.41","Components":[{"Name":"Podman Engine","Version":"5"}]}""")
        );

        (await RunAsync()).Message.ShouldContain("LoopCluster:Sandbox:Driver = cli");
    }

    [Fact]
    public async Task ResolveImage_EngineTooOld_SaysSo()
    {
        _engine.On("version", StubEngine.Json(200, """{"Version":"1","ApiVersion":"1.24"}"""));

        (await RunAsync()).Message.ShouldContain("speaks version 1.24");
    }

    [Fact]
    public async Task ResolveImage_NoEngineAtAll_SaysNothingMisleading()
    {
        _engine.On("version", StubEngine.Json(200, "<html>"));

        (await RunAsync()).Message.ShouldContain("No container engine answers");
    }

    [Fact]
    public async Task ResolveImage_EngineHangs_EndsInTime()
    {
        _engine.On("version", StubEngine.UntilGoneAsync);
        await using var sandbox = Create(_engine.Socket, patience: 1);

        (await RunAsync(sandbox)).Message.ShouldContain("no answer in time");
    }

    [Theory]
    [InlineData("--privileged")]
    [InlineData("../../info")]
    [InlineData("")]
    public async Task ResolveImage_NameThatIsNone_NeverReachesTheEngine(string image)
    {
        (await Should.ThrowAsync<InfrastructureException>(async () => await _sandbox.ResolveImageAsync(image, default))).Code.ShouldBe(
            "image-missing"
        );

        _engine.HasBeenAsked("inspect").ShouldBeFalse();
    }

    [Fact]
    public async Task Run_ContainerCannotBeMade_IsInfrastructureWithTheEnginesWords()
    {
        _engine.On("create", StubEngine.Fault(500, "no space left on device"));

        var fault = await RunAsync();

        fault.Message.ShouldContain("did not start");
        fault.Message.ShouldContain("no space left on device");
    }

    [Fact]
    public async Task Run_ImageIsGone_IsImageMissing()
    {
        _engine.On("create", StubEngine.Fault(404, "No such image: sha256:abc"));

        (await RunAsync()).Code.ShouldBe("image-missing");
    }

    [Fact]
    public async Task Run_CreationHangs_IsLookedForByItsName()
    {
        _engine.On("create", StubEngine.UntilGoneAsync);
        await using var sandbox = Create(_engine.Socket, patience: 1);

        // A request before that one can be late as well.
        do
        {
            (await RunAsync(sandbox)).Message.ShouldContain("no answer in time");
        } while (!_engine.HasBeenAsked("create"));

        _engine.HasBeenAsked("remove").ShouldBeTrue();
    }

    [Fact]
    public async Task Run_StartFails_RemovesWhatWasMade()
    {
        _engine.On("start", StubEngine.Fault(500, "OCI runtime create failed"));

        (await RunAsync()).Message.ShouldContain("OCI runtime create failed");

        _engine.HasBeenAsked("remove").ShouldBeTrue();
    }

    [Fact]
    public async Task Run_ContainerSpeaksNonsense_IsInfrastructureAndEnds()
    {
        _engine.On("attach", StubEngine.Saying("hello world"u8.ToArray()));

        (await RunAsync()).Message.ShouldContain("a frame of");
    }

    [Fact]
    public async Task Run_ReportHasCome_IsOverOnlyWhenTheEngineSaysSo()
    {
        var removed = new TaskCompletionSource();
        _engine.On("attach", StubEngine.Saying([.. Frame('R'), .. Frame('X', new byte[14])]));
        _engine.On("wait", async context =>
        {
            await removed.Task;
            await StubEngine.Json(200, """{"StatusCode":0}""")(context);
        });

        var running = _sandbox
            .RunAsync(Owner, Shape, new SandboxCall { Command = "true", Timeout = TimeSpan.FromSeconds(60) }, default)
            .AsTask();
        while (!_engine.HasBeenAsked("start"))
        {
            await _sandbox.ResolveImageAsync("x", default);
        }

        // Time enough for a report that was sent long ago to be taken for the end.
        for (var i = 0; i < 50; i++)
        {
            await _sandbox.ResolveImageAsync("x", default);
        }

        running.IsCompleted.ShouldBeFalse();
        removed.SetResult();
        (await running).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Prewarm_EngineBroken_IsSilentAndTheCallTells()
    {
        _engine.On("create", StubEngine.Fault(500, "broken"));
        _sandbox.Prewarm(Owner, Shape);

        (await RunAsync()).Message.ShouldContain("broken");
    }

    [Fact]
    public void Options_EveryFault_IsReportedAtOnceWithItsKey()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services
            .AddDockerSandbox(o =>
            {
                (o.Endpoint, o.User, o.Lease, o.RequestTimeout) = (new Uri("ssh://host"), "root", TimeSpan.Zero, TimeSpan.Zero);
                (o.CertificateFile, o.Driver) = ("/no/such/file", "podman");
            })
            .AddDockerSandbox();
        using var provider = services.BuildServiceProvider();

        var fault = Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IOptions<DockerSandboxOptions>>().Value);

        fault
            .Failures.Select(f => f.Split(' ')[0]["LoopCluster:Sandbox:".Length..])
            .ShouldBe(["StateDirectory", "Driver", "Endpoint", "CertificateFile", "AuthorityFile", "RequestTimeout", "User", "Lease"]);
        services.Count(s => s.ServiceType == typeof(ISandbox)).ShouldBe(1);
    }

    [Fact]
    public void Options_SharedSection_ServesEitherDriver()
    {
        var settings = new Dictionary<string, string?>
        {
            ["LoopCluster:Sandbox:StateDirectory"] = "/state",
            ["LoopCluster:Sandbox:OpenFiles"] = "99",
            ["LoopCluster:Sandbox:Cli"] = "podman",
            ["LoopCluster:Sandbox:Endpoint"] = "unix:///e.sock",
        };
        using var provider = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddDockerSandbox()
            .BuildServiceProvider();

        var options = provider.GetRequiredService<IOptions<DockerSandboxOptions>>().Value;

        (options.StateDirectory, options.OpenFiles, options.Endpoint).ShouldBe(("/state", 99, new Uri("unix:///e.sock")));
    }
}
