using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.ContainerCli.Tests;

/// <summary>The engine of this machine, if one answers and has the image.</summary>
internal static class LiveEngine
{
    private static readonly Lazy<Task<string?>> Reason = new(FindReasonToSkipAsync);

    public static Task<string?> ReasonToSkip => Reason.Value;

    public static async Task SkipWithoutAsync()
    {
        var reason = await ReasonToSkip;
        Skip.If(reason is not null, reason);
    }

    /// <summary>A directory that the sandbox's user can write; stands in for what the workspaces port makes.</summary>
    public static DirectoryInfo CreateWorkspace()
    {
        var directory = Directory.CreateTempSubdirectory("loopcluster-workspace-");
        File.SetUnixFileMode(directory.FullName, (UnixFileMode)Convert.ToInt32("777", 8));
        return directory;
    }

    public static ContainerCliSandbox CreateSandbox(string stateDirectory, Action<ContainerCliOptions>? configure = null)
    {
        var options = new ContainerCliOptions { StateDirectory = stateDirectory };
        configure?.Invoke(options);
        return new ContainerCliSandbox(Options.Create(options), TimeProvider.System, NullLogger<ContainerCliSandbox>.Instance);
    }

    public static async Task<IReadOnlyList<string>> ListAsync(string filter)
    {
        var engine = await ContainerEngine.FindAsync(null, default);
        var list = await engine.RunAsync(["ps", "--all", "--filter", filter, "--format", "{{.Names}}"], default);
        list.ExitCode.ShouldBe(0, list.Error);
        return list.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static Task<IReadOnlyList<string>> ListAsync(LoopId loop) => ListAsync($"label=loopcluster.loop={loop.Value}");

    private static async Task<string?> FindReasonToSkipAsync()
    {
        try
        {
            await (await ContainerEngine.FindAsync(null, default)).ResolveImageAsync("loopcluster/sandbox", default);
            return null;
        }
        catch (InfrastructureException e)
        {
            return e.Message;
        }
    }
}
