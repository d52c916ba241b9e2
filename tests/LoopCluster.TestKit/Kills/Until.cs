using System.Diagnostics;

namespace LoopCluster.TestKit.Kills;

/// <summary>Waits for what another process does and does not tell about.</summary>
internal static class Until
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    public static Task ExistsAsync(string file) => TrueAsync(() => Task.FromResult(File.Exists(file)), $"{file} to be there");

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_patience, $"waited for {what}");
            await Task.Delay(10);
        }
    }
}
