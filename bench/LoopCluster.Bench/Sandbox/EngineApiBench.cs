using System.Diagnostics;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Sandbox;

/// <param name="CallsPerSecond">Of the driver, eight loops at once.</param>
/// <param name="EngineApiCallsPerSecond">Of bare requests: create, start, wait, logs, remove; eight at once.</param>
internal sealed record EngineApiFigures(double CallsPerSecond, double EngineApiCallsPerSecond)
{
    public double Ratio => Math.Round(CallsPerSecond / EngineApiCallsPerSecond, 3);
}

/// <summary>
/// Calls through the Engine API beside bare requests to it. Both take turns, so that the machine's drift hits both alike.
/// </summary>
internal static class EngineApiBench
{
    private const int Concurrency = 8;
    private const int Rounds = 4;
    private const int FirstOwner = 20;

    /// <returns>Null where the Engine API is not what serves.</returns>
    public static async Task<EngineApiFigures?> RunAsync(
        ISandbox sandbox,
        SandboxShape shape,
        string image,
        string command,
        string run,
        int calls
    )
    {
        if (!(await sandbox.DescribeAsync(default)).Contains("Engine API", StringComparison.Ordinal))
        {
            return null;
        }

        using var bare = new EngineApiRun(image, command, run);
        var each = Math.Max(1, calls / Rounds / Concurrency);
        var (ours, theirs) = (TimeSpan.Zero, TimeSpan.Zero);
        await bare.CallAsync(1);
        for (var round = 0; round < Rounds; round++)
        {
            ours += await TimeAsync(i =>
                SandboxBench.CallAsync(sandbox, SandboxBench.Owner(FirstOwner + i), shape, each, thinkMs: 0, prepareLast: false)
            );
            theirs += await TimeAsync(_ => bare.CallAsync(each));
        }

        var all = each * Rounds * Concurrency;
        return new EngineApiFigures(Math.Round(all / ours.TotalSeconds, 2), Math.Round(all / theirs.TotalSeconds, 2));
    }

    private static async Task<TimeSpan> TimeAsync(Func<int, Task> worker)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(worker));
        return Stopwatch.GetElapsedTime(started);
    }
}
