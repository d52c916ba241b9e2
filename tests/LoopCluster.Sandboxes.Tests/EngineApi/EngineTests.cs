using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.EngineApi;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>What is asked of a real engine beside containers with a call.</summary>
[Trait("Category", "Docker")]
public sealed class EngineTests
{
    [SkippableFact]
    public async Task ResolveImage_PinnedByItsId_IsThatImageAndNoOther()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var engine = await DockerEngine.ConnectAsync(new DockerSandboxOptions(), default);
        var id = await engine.ResolveImageAsync(SandboxRig.Image, default);

        (await engine.ResolveImageAsync($"{SandboxRig.Image}@{id}", default)).ShouldBe(id);
        (await engine.ResolveImageAsync(id, default)).ShouldBe(id);
        var fault = await Should.ThrowAsync<InfrastructureException>(() =>
            engine.ResolveImageAsync($"{SandboxRig.Image}@sha256:{new string('0', 64)}", default)
        );
        fault.Code.ShouldBe("image-digest-mismatch");
        fault.Message.ShouldContain(id);
    }

    // The API takes the profile's text, not a file.
    private const string NoFile = "";

    [SkippableFact]
    public async Task RunTool_Script_GetsItsInputAndIsGoneAfterwards()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var engine = await DockerEngine.ConnectAsync(new DockerSandboxOptions(), default);
        var input = new byte[300_000];
        new Random(3).NextBytes(input);

        var run = await engine.RunToolAsync(
            SandboxRig.Image,
            "cat > /tmp/x && cat /tmp/x",
            NoFile,
            input,
            TimeSpan.FromSeconds(60),
            default
        );

        run.Fault.ShouldBeNull();
        run.Output.ShouldBe(input);
    }

    [SkippableFact]
    public async Task RunTool_Fails_SaysItsWords()
    {
        await LiveEngine.Rig.SkipWithoutEngineAsync();
        using var engine = await DockerEngine.ConnectAsync(new DockerSandboxOptions(), default);

        (
            await engine.RunToolAsync(
                SandboxRig.Image,
                "echo no use >&2; exit 3",
                NoFile,
                Encoding.UTF8.GetBytes("x"),
                TimeSpan.FromSeconds(60),
                default
            )
        )
            .Fault!.Trim()
            .ShouldBe("no use");
        (await engine.RunToolAsync(SandboxRig.Image, "sleep 600", NoFile, default, TimeSpan.FromSeconds(2), default)).Fault.ShouldBe(
            "no answer in time"
        );
        (
            await engine.RunToolAsync("loopcluster/no-such-image", "true", NoFile, default, TimeSpan.FromSeconds(60), default)
        ).Fault!.ShouldContain("No such image");
    }
}
