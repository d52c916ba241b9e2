using System.Diagnostics;
using LoopCluster.Engine.Loops;

namespace LoopCluster.TestKit.Kills;

/// <summary>The container engine of this machine, asked with its own client.</summary>
internal static class Containers
{
    private const string Image = "loopcluster/sandbox";
    private static readonly TimeSpan _leaseOver = TimeSpan.FromSeconds(5);
    private static readonly Lazy<Task<string?>> _reason = new(FindReasonToSkipAsync);

    public static async Task SkipWithoutEngineAsync()
    {
        var reason = await _reason.Value;
        Skip.If(reason is not null, reason);
    }

    public static async Task<string[]> ListAsync(LoopId loop) =>
        (await RunAsync("ps", "--all", "--filter", $"label=loopcluster.loop={loop}", "--format", "{{.Names}} {{.Status}}")).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );

    /// <summary>No container of the loop is left within five seconds of <paramref name="since"/>, whatever is restarted or not.</summary>
    public static async Task ShouldBeGoneAsync(LoopId loop, long since)
    {
        while (true)
        {
            var left = await ListAsync(loop);
            if (left.Length == 0)
            {
                return;
            }

            Stopwatch.GetElapsedTime(since).ShouldBeLessThan(_leaseOver, $"containers left: {string.Join(", ", left)}");
            await Task.Delay(50);
        }
    }

    public static async Task<string> RunAsync(params IEnumerable<string> arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(await errors);
    }

    private static async Task<string?> FindReasonToSkipAsync()
    {
        try
        {
            await RunAsync("image", "inspect", "--format", "{{.Id}}", Image);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"no container engine with the image {Image} answers: {e.Message.Trim()}";
        }
    }
}
