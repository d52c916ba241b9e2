using System.Collections.Frozen;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using LoopCluster.Runtime.Linux;

namespace LoopCluster.Sandboxes;

internal sealed record CliResult(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output).Trim();
}

/// <summary>
/// Runs the engine's client. Reading blocks threads of its own, not the pool's: a pipe's asynchronous read would hold a pool thread.
/// </summary>
internal static class CliRunner
{
    // What a client needs to find its engine and its configuration. Proxies and everything else of this process stay out: podman would pass
    // proxies on into containers, and a key in the environment is nobody's business.
    private static readonly FrozenSet<string> Passed = new[]
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "TMPDIR",
        "SSH_AUTH_SOCK",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
        "LANG",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] PassedPrefixes =
    [
        "DOCKER_",
        "XDG_",
        "CONTAINER_",
        "CONTAINERS_",
        "CONTAINERD_",
        "PODMAN_",
        "NERDCTL_",
    ];

    public static Process Start(string cli, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(cli)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        foreach (
            var key in info
                .Environment.Keys.Where(k => !Passed.Contains(k) && !PassedPrefixes.Any(p => k.StartsWith(p, StringComparison.Ordinal)))
                .ToArray()
        )
        {
            info.Environment.Remove(key);
        }

        return Process.Start(info)!;
    }

    /// <summary>Runs to the end. A client that takes longer than <paramref name="timeout"/> is killed and yields exit code -1.</summary>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static async Task<CliResult> RunAsync(
        string cli,
        IEnumerable<string> arguments,
        TimeSpan timeout,
        CancellationToken cancellationToken,
        ReadOnlyMemory<byte> input = default
    )
    {
        using var process = Start(cli, arguments);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        var output = BlockingThread.RunAsync(() => ReadToEnd(process.StandardOutput.BaseStream));
        var error = BlockingThread.RunAsync(() => ReadToEnd(process.StandardError.BaseStream));
        var written = BlockingThread.RunAsync(() => WriteAndClose(process.StandardInput.BaseStream, input));
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            await written.ConfigureAwait(false);
            return new CliResult(
                process.ExitCode,
                await output.ConfigureAwait(false),
                Encoding.UTF8.GetString(await error.ConfigureAwait(false)).Trim()
            );
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await Task.WhenAll(output, error, written).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return new CliResult(-1, [], $"no answer within {timeout.TotalSeconds:0} s");
        }
    }

    private static byte[] ReadToEnd(Stream stream)
    {
        var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static bool WriteAndClose(Stream stream, ReadOnlyMemory<byte> input)
    {
        try
        {
            stream.Write(input.Span);
            return true;
        }
        catch (IOException)
        {
            // The client ended without reading it all; its exit code tells why.
            return false;
        }
        finally
        {
            stream.Dispose();
        }
    }
}
