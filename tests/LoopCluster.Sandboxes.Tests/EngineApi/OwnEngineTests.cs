using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.EngineApi;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>A real dockerd behind mutual TLS.</summary>
[Trait("Category", "Docker")]
public sealed class OwnEngineTests
{
    [SkippableFact]
    public async Task Run_DockerdBehindMutualTls_RunsForThisClientAndForNoOther()
    {
        Skip.If(OwnEngine.ReasonToSkip is not null, OwnEngine.ReasonToSkip);
        using Certificates pem = new(),
            others = new();
        var (state, workspace) = (Directory.CreateTempSubdirectory("loopcluster-state-"), SandboxRig.CreateWorkspace());
        await using var engine = await OwnEngine.StartAsync(pem);
        await using var sandbox = LiveEngine.CreateSandbox(state.FullName, o =>
        {
            o.Endpoint = engine.Endpoint;
            pem.Configure(o);
        });
        try
        {
            (await Should.ThrowAsync<InfrastructureException>(async () => await sandbox.ResolveImageAsync("tiny", default))).Code.ShouldBe(
                "image-missing"
            );
            await engine.ImportAsync("tiny");
            var shape = new SandboxShape
            {
                ImageId = await sandbox.ResolveImageAsync("tiny", default),
                WorkspaceDirectory = workspace.FullName,
                Limits = new SandboxLimits(),
            };

            var result = await sandbox.RunAsync(
                new SandboxOwner(new LoopId("own"), 1, "tests"),
                shape,
                new SandboxCall { Command = "echo over TLS > f; read x < f; echo $x", Timeout = TimeSpan.FromSeconds(60) },
                default
            );

            (result.ExitCode, Encoding.UTF8.GetString(result.Output.Span)).ShouldBe((0, "over TLS\n"));
            var stranger = new DockerSandboxOptions
            {
                Endpoint = engine.Endpoint,
                AuthorityFile = pem.AuthorityFile,
                CertificateFile = others.ClientFile,
                KeyFile = others.ClientKeyFile,
            };
            await Should.ThrowAsync<InfrastructureException>(() => DockerEngine.ConnectAsync(stranger, default));
        }
        finally
        {
            state.Delete(recursive: true);
            workspace.Delete(recursive: true);
        }
    }
}
