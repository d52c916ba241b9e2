using System.Diagnostics;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Cluster;

/// <summary>The API keys of a cluster, which its silos read in Redis. Only the silo's program knows how, so it is asked.</summary>
/// <param name="settings">Where its Redis is, for the program's environment; empty when this process's environment says so.</param>
internal sealed class ClusterKeys(IReadOnlyDictionary<string, string> settings)
{
    /// <summary>Makes a key; it cannot be read again.</summary>
    public async Task<(string Key, string Prefix)> AddAsync(string tenant, CancellationToken cancellationToken)
    {
        using var made = JsonDocument.Parse(
            await RunAsync(["add", tenant], cancellationToken).ConfigureAwait(false) ?? throw Failed("the tenant's name is refused")
        );
        return (made.RootElement.GetProperty("key").GetString()!, made.RootElement.GetProperty("prefix").GetString()!);
    }

    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        var lines = await RunAsync(["ls"], cancellationToken).ConfigureAwait(false) ?? throw Failed("its keys cannot be listed");
        return
        [
            .. lines
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonElement.Parse(line))
                .Select(key => new ApiKey(
                    key.GetProperty("tenant").GetString()!,
                    key.GetProperty("prefix").GetString()!,
                    "",
                    key.GetProperty("created").GetDateTimeOffset()
                )),
        ];
    }

    /// <summary>False when there is no key with this prefix.</summary>
    public async Task<bool> RevokeAsync(string prefix, CancellationToken cancellationToken) =>
        await RunAsync(["revoke", prefix], cancellationToken).ConfigureAwait(false) is not null;

    /// <returns>What it printed; null when it refused what it was given.</returns>
    private async Task<string?> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [SiloProgram.Find(), "keys", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode switch
        {
            0 => output,
            ExitCodes.BadInput => null,
            _ => throw Failed((await error.ConfigureAwait(false)).Trim()),
        };
    }

    private static InfrastructureException Failed(string why) =>
        new("cluster-unavailable", $"the cluster's keys cannot be read or written: {why}");
}
