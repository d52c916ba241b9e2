using System.Diagnostics;

namespace LoopCluster.FaultTests;

/// <summary>The host's git, with nobody's configuration.</summary>
internal static class Git
{
    public static async Task<string> RunAsync(string directory, params string[] arguments)
    {
        var (exit, output) = await TryAsync(directory, arguments);
        exit.ShouldBe(0, string.Join(' ', arguments));
        return System.Text.Encoding.UTF8.GetString(output);
    }

    public static async Task<(int Exit, byte[] Output)> TryAsync(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "git",
            ["-C", directory, "-c", "safe.directory=*", "-c", "user.name=test", "-c", "user.email=test@example.org", .. arguments]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        await errors;
        return (process.ExitCode, output.ToArray());
    }
}
