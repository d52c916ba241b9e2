using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Egress;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Cli;
using LoopCluster.Sandboxes.Egress;
using LoopCluster.TestKit.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.Tests.Cli;

/// <summary>The engine of this machine through its client, if one answers and has the image.</summary>
internal sealed class LiveEngine : SandboxRig
{
    public static readonly LiveEngine Rig = new();

    private readonly Lazy<Task<string?>> _reason = new(LookAsync);

    public override string Driver => "cli";

    public override Task<string?> FindReasonToSkipAsync() => _reason.Value;

    public override ISandbox CreateSandbox(string stateDirectory) => CreateSandbox(stateDirectory, configure: null);

    public static ContainerSandbox CreateSandbox(string stateDirectory, Action<ContainerCliOptions>? configure)
    {
        var options = new ContainerCliOptions { StateDirectory = stateDirectory };
        configure?.Invoke(options);
        return new ContainerSandbox(
            [new ContainerCliDriver(Options.Create(options))],
            new EgressDialer(Options.Create(new EgressOptions())),
            TimeProvider.System,
            NullLogger<ContainerSandbox>.Instance
        );
    }

    public override async Task<IReadOnlyList<string>> ListAsync(LoopId loop)
    {
        var list = await RunAsync("ps", "--all", "--filter", $"label=loopcluster.loop={loop.Value}", "--format", "{{.Names}}");
        return list.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public override Task StartStrangerAsync(string name, IReadOnlyDictionary<string, string> labels) =>
        RunAsync([
            "run",
            "--detach",
            "--network",
            "none",
            "--name",
            name,
            .. labels.SelectMany(l => (string[])["--label", $"{l.Key}={l.Value}"]),
            Image,
            "sleep",
            "600",
        ]);

    public override Task RemoveAsync(IEnumerable<string> names) => RunAsync(["rm", "--force", .. names]);

    private static async Task<CliResult> RunAsync(params string[] arguments)
    {
        var result = await (await ContainerEngine.FindAsync(null, default)).RunAsync(arguments, default);
        result.ExitCode.ShouldBe(0, result.Error);
        return result;
    }

    private static async Task<string?> LookAsync()
    {
        try
        {
            await (await ContainerEngine.FindAsync(null, default)).ResolveImageAsync(Image, default);
            return null;
        }
        catch (InfrastructureException e)
        {
            return e.Message;
        }
    }
}
