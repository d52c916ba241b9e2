using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Cli;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.Tests.Cli;

/// <summary>What a person is told when the engine is not as it should be. The client is a script that says what real ones say.</summary>
public sealed class EngineFaultTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("loopcluster-fault-");

    public void Dispose() => _directory.Delete(recursive: true);

    private ContainerSandbox WithClient(string script)
    {
        var path = Path.Combine(_directory.FullName, "client");
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        return LiveEngine.CreateSandbox(Path.Combine(_directory.FullName, "state"), o => o.Cli = path);
    }

    [Theory]
    [InlineData("echo 'permission denied while trying to connect to the daemon socket' >&2; exit 1", "may not talk to the engine")]
    [InlineData("echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1", "its engine is not running")]
    [InlineData("exit 3", "no answer")]
    public async Task ResolveImage_EngineDoesNotAnswer_SaysWhyAndWhatToDo(string script, string expected)
    {
        await using var sandbox = WithClient(script);

        var fault = await Should.ThrowAsync<InfrastructureException>(async () => await sandbox.ResolveImageAsync("x", default));

        fault.Code.ShouldBe("sandbox-unavailable");
        fault.Message.ShouldContain(expected);
        fault.Message.ShouldContain("./loop doctor");
    }

    [Fact]
    public async Task ResolveImage_NoSuchClient_SaysNotInstalled()
    {
        await using var sandbox = LiveEngine.CreateSandbox(_directory.FullName, o => o.Cli = "no-such-client");

        var fault = await Should.ThrowAsync<InfrastructureException>(async () => await sandbox.ResolveImageAsync("x", default));

        fault.Message.ShouldContain("no-such-client: not installed");
    }

    [Theory]
    [InlineData("--privileged")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task ResolveImage_NameThatIsNone_NeverReachesTheClient(string image)
    {
        await using var sandbox = WithClient("case $1 in version|--version|info) exit 0;; esac; touch \"$(dirname \"$0\")/reached\"");

        (await Should.ThrowAsync<InfrastructureException>(async () => await sandbox.ResolveImageAsync(image, default))).Code.ShouldBe(
            "image-missing"
        );

        File.Exists(Path.Combine(_directory.FullName, "reached")).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_ContainerDoesNotStart_IsInfrastructureWithTheEnginesWords()
    {
        await using var sandbox = WithClient(
            "case $1 in run) echo 'docker: Error response from daemon: no space left on device.' >&2; exit 125;; container) echo 'No such container' >&2; exit 1;; esac"
        );

        var fault = await Should.ThrowAsync<InfrastructureException>(async () => await RunAsync(sandbox));

        fault.Message.ShouldContain("did not start");
        fault.Message.ShouldContain("no space left on device");
    }

    [Fact]
    public async Task Run_ImageIsGone_IsImageMissing()
    {
        await using var sandbox = WithClient(
            "case $1 in run) echo 'docker: Error response from daemon: No such image: sha256:abc.' >&2; exit 125;; container) echo 'No such container' >&2; exit 1;; esac"
        );

        (await Should.ThrowAsync<InfrastructureException>(async () => await RunAsync(sandbox))).Code.ShouldBe("image-missing");
    }

    [Fact]
    public async Task Run_ClientSpeaksNonsense_IsInfrastructureAndEnds()
    {
        await using var sandbox = WithClient(
            "case $1 in run) printf 'hello world'; exec cat >/dev/null;; container) echo 'No such container' >&2; exit 1;; esac"
        );

        (await Should.ThrowAsync<InfrastructureException>(async () => await RunAsync(sandbox))).Message.ShouldContain("a frame of");
    }

    [Fact]
    public async Task Prewarm_EngineBroken_IsSilentAndTheCallTells()
    {
        await using var sandbox = WithClient("exit 1");
        sandbox.Prewarm(Owner, Shape);

        await Should.ThrowAsync<InfrastructureException>(async () => await RunAsync(sandbox));
    }

    [Fact]
    public void Options_EveryFault_IsReportedAtOnceWithItsKey()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services
            .AddContainerCliSandbox(o =>
                (o.User, o.Lease, o.OpenFiles, o.MostMemory, o.MostCpus, o.MostPids, o.MostTimeout) = (
                    "root",
                    TimeSpan.Zero,
                    1,
                    1,
                    0,
                    1,
                    TimeSpan.Zero
                )
            )
            .AddContainerCliSandbox();
        using var provider = services.BuildServiceProvider();

        var fault = Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IOptions<ContainerCliOptions>>().Value);

        fault
            .Failures.Select(f => f.Split(' ')[0])
            .ShouldBe([
                "LoopCluster:Sandbox:StateDirectory",
                "LoopCluster:Sandbox:User",
                "LoopCluster:Sandbox:Lease",
                "LoopCluster:Sandbox:OpenFiles",
                "LoopCluster:Sandbox:MostMemory",
                "LoopCluster:Sandbox:MostCpus",
                "LoopCluster:Sandbox:MostPids",
                "LoopCluster:Sandbox:MostTimeout",
            ]);
        services.Count(s => s.ServiceType == typeof(ISandbox)).ShouldBe(1);
    }

    private static readonly SandboxOwner Owner = new(new LoopId("fault"), 1, "tests");

    private static readonly SandboxShape Shape = new()
    {
        ImageId = "sha256:abc",
        WorkspaceDirectory = "/nowhere",
        Limits = new SandboxLimits(),
    };

    private static async Task<SandboxResult> RunAsync(ContainerSandbox sandbox) =>
        await sandbox.RunAsync(Owner, Shape, new SandboxCall { Command = "true", Timeout = TimeSpan.FromSeconds(20) }, default);
}
