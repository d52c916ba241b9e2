using System.Diagnostics;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Bench.Cluster.Hosting.Processes;

/// <summary>Short commands of the machine: ip, tc, mount, docker.</summary>
internal static class Tool
{
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InfrastructureException"><c>tool-failed</c>, with what it wrote to standard error.</exception>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        string[] given = [.. arguments];
        using var process = Process.Start(new ProcessStartInfo(program, given) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0
            ? output
            : throw new InfrastructureException("tool-failed", $"{program} {string.Join(' ', given)}: {(await errors.ConfigureAwait(false)).Trim()} (exit code {process.ExitCode})");
    }

    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin").Any(directory => File.Exists(Path.Combine(directory, program)));
}
