using System.Diagnostics;
using LoopCluster.Engine.Errors;

namespace LoopCluster.ClusterKit.Processes;

/// <summary>Short commands of the machine: ip, tc, mount, docker.</summary>
public static class Tool
{
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InfrastructureException"><c>tool-failed</c>, with what it wrote to standard error.</exception>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        string[] given = [.. arguments];
        using var process = Process.Start(
            new ProcessStartInfo(program, given)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0
            ? output
            : throw new InfrastructureException(
                "tool-failed",
                $"{program} {string.Join(' ', given)}: {(await errors.ConfigureAwait(false)).Trim()} (exit code {process.ExitCode})"
            );
    }

    public static bool IsInstalled(string program) => PathOf(program) is not null;

    /// <summary>Also of what only root has on its path; null when it is not there.</summary>
    public static string? PathOf(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Append("/usr/sbin")
            .Append("/sbin")
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
