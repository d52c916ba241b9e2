using System.Diagnostics;

namespace LoopCluster.Bench.Sandbox;

/// <summary>The yardstick: one <c>run --rm</c> of the engine's own client.</summary>
internal sealed class DockerRun(string engine, string image, string command, string run)
{
    public async Task<double> TimeAsync()
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo(
                engine,
                ["run", "--rm", "--label", $"{ContainerWatch.Label}={run}", "--network", "none", image, "sh", "-c", command]
            )
            {
                RedirectStandardOutput = true,
            }
        ) ?? throw new InvalidOperationException($"{engine} did not start");
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(started).TotalMilliseconds
            : throw new InvalidOperationException($"'{engine} run' failed with exit code {process.ExitCode}");
    }
}
