using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.EngineApi;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>The engine over TCP: real containers, each side known to the other, connections that break.</summary>
[Trait("Category", "Docker")]
public sealed class TcpTests : IDisposable
{
    private readonly SandboxOwner _owner = new(new LoopId($"tcp-{Environment.ProcessId}-{Random.Shared.Next():x}"), 1, "tests");
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-state-");
    private readonly DirectoryInfo _workspace = SandboxRig.CreateWorkspace();
    private readonly Certificates _pem = new();

    public void Dispose()
    {
        _pem.Dispose();
        _state.Delete(recursive: true);
        _workspace.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task Run_OverMutualTls_CarriesEveryByteAndOutlivesTheLease()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var relay = EngineRelay.Tls(_pem.AuthorityFile, _pem.ServerFile, _pem.ServerKeyFile);
        await using var sandbox = Over(relay, _pem.Configure, o => o.Lease = TimeSpan.FromSeconds(2));
        var bytes = new byte[2_000_000];
        new Random(2).NextBytes(bytes);

        var result = await RunAsync(sandbox, "cat; sleep 3", bytes);

        result.ExitCode.ShouldBe(0);
        result.Output.Span.SequenceEqual(bytes).ShouldBeTrue();
        (await LiveEngine.Rig.ListAsync(_owner.Loop)).ShouldBeEmpty();
        (await sandbox.DescribeAsync(default)).ShouldContain(relay.Endpoint.OriginalString);
    }

    [SkippableFact]
    public async Task Run_CancelledOverMutualTls_ReturnsWhenTheContainerIsGone()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var relay = EngineRelay.Tls(_pem.AuthorityFile, _pem.ServerFile, _pem.ServerKeyFile);
        await using var sandbox = Over(relay, _pem.Configure);
        using var cancel = new CancellationTokenSource();
        var started = UntilStartedAsync();
        var running = RunAsync(sandbox, "touch started; sleep 600", cancellationToken: cancel.Token);
        await started;

        await cancel.CancelAsync();

        (await running).Outcome.ShouldBe(SandboxOutcome.Cancelled);
        (await LiveEngine.Rig.ListAsync(_owner.Loop)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Connect_EngineWithAnothersName_IsRefused()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        var (file, key) = _pem.IssueServerFor("127.0.0.9");
        using var relay = EngineRelay.Tls(_pem.AuthorityFile, file, key);

        await ShouldBeRefusedAsync(Over(relay, _pem.Configure), "TLS:");
    }

    [SkippableFact]
    public async Task Connect_ClientsCertificatePosesAsTheEngine_IsRefused()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var relay = EngineRelay.Tls(_pem.AuthorityFile, _pem.ClientFile, _pem.ClientKeyFile);

        await ShouldBeRefusedAsync(Over(relay, _pem.Configure), "TLS:");
    }

    [SkippableFact]
    public async Task Connect_EngineOfAnotherAuthority_IsRefused()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var others = new Certificates();
        using var relay = EngineRelay.Tls(_pem.AuthorityFile, others.ServerFile, others.ServerKeyFile);

        await ShouldBeRefusedAsync(Over(relay, _pem.Configure), "TLS:");
    }

    [SkippableFact]
    public async Task Connect_ClientOfAnotherAuthority_GetsNoAnswer()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var others = new Certificates();
        using var relay = EngineRelay.Tls(_pem.AuthorityFile, _pem.ServerFile, _pem.ServerKeyFile);

        await ShouldBeRefusedAsync(
            Over(relay, o =>
                (o.AuthorityFile, o.CertificateFile, o.KeyFile) = (_pem.AuthorityFile, others.ClientFile, others.ClientKeyFile)
            ),
            "No container engine answers"
        );
    }

    [SkippableFact]
    public async Task Run_ConnectionsCut_FailsAsInfrastructureWithNothingLeft()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var relay = EngineRelay.Plain();
        await using var sandbox = Over(relay);
        var started = UntilStartedAsync();
        var running = RunAsync(sandbox, "touch started; sleep 600");
        await started;

        relay.Cut();

        (await Should.ThrowAsync<InfrastructureException>(async () => await running)).Code.ShouldBe("sandbox-unavailable");
        (await LiveEngine.Rig.ListAsync(_owner.Loop)).ShouldBeEmpty();
        (await RunAsync(sandbox, "echo again")).ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Run_PreparedContainerLostItsConnection_StartsCold()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var relay = EngineRelay.Plain();
        await using var sandbox = Over(relay);
        var shape = await ShapeAsync(sandbox);
        sandbox.Prewarm(_owner, shape);
        await UntilCountAsync(1);

        // It may have been created only, or run, or be asked for a call before it is known to be lost.
        relay.Cut();

        (await RunAsync(sandbox, "echo cold")).ExitCode.ShouldBe(0);
        await UntilCountAsync(0);
    }

    private ContainerSandbox Over(EngineRelay relay, params Action<DockerSandboxOptions>[] configure) =>
        LiveEngine.CreateSandbox(_state.FullName, options =>
        {
            options.Endpoint = relay.Endpoint;
            foreach (var action in configure)
            {
                action(options);
            }
        });

    private static async Task ShouldBeRefusedAsync(ContainerSandbox sandbox, string expected)
    {
        await using (sandbox)
        {
            var fault = await Should.ThrowAsync<InfrastructureException>(async () =>
                await sandbox.ResolveImageAsync(SandboxRig.Image, default)
            );

            (fault.Code, fault.Message.Contains(expected, StringComparison.Ordinal)).ShouldBe(("sandbox-unavailable", true), fault.Message);
        }
    }

    private async Task<SandboxShape> ShapeAsync(ContainerSandbox sandbox) =>
        new()
        {
            ImageId = await sandbox.ResolveImageAsync(SandboxRig.Image, default),
            WorkspaceDirectory = _workspace.FullName,
            Limits = new SandboxLimits { Memory = 128 << 20 },
        };

    private async Task<SandboxResult> RunAsync(
        ContainerSandbox sandbox,
        string command,
        byte[]? stdin = null,
        CancellationToken cancellationToken = default
    ) =>
        await sandbox.RunAsync(
            _owner,
            await ShapeAsync(sandbox),
            new SandboxCall
            {
                Command = command,
                Stdin = stdin,
                Timeout = TimeSpan.FromSeconds(60),
            },
            cancellationToken
        );

    private async Task UntilStartedAsync()
    {
        var started = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher(_workspace.FullName) { EnableRaisingEvents = true };
        watcher.Created += (_, _) => started.TrySetResult();
        await started.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    // Asking the engine takes its time, so this is no busy loop.
    private async Task UntilCountAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await LiveEngine.Rig.ListAsync(_owner.Loop)).Count != count)
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}
