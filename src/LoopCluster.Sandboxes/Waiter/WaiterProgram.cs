using System.ComponentModel;
using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes.Waiter;

/// <summary>
/// The compiled waiter, made once per state directory and source: by the host's C compiler, else by the one in the sandbox image.
/// </summary>
internal static class WaiterProgram
{
    private static readonly string[] Flags = ["-static", "-Os", "-s", "-std=gnu11", "-D_GNU_SOURCE"];
    private static readonly TimeSpan CompileWithin = TimeSpan.FromMinutes(1);

    /// <returns>Path of the executable; mode 0555 so that nobody changes it by accident.</returns>
    /// <exception cref="InfrastructureException">Neither compiler works.</exception>
    public static async Task<string> EnsureAsync(
        string stateDirectory,
        IContainerEngine engine,
        string builderImage,
        string seccomp,
        CancellationToken cancellationToken
    )
    {
        var source = ReadSource();
        var path = Path.Combine(stateDirectory, "waiter-" + Convert.ToHexStringLower(SHA256.HashData(source))[..16]);
        if (File.Exists(path))
        {
            return path;
        }

        var work = Directory.CreateTempSubdirectory("loopcluster-waiter-");
        try
        {
            var built = Path.Combine(work.FullName, "waiter");
            var code = Path.Combine(work.FullName, "waiter.c");
            await File.WriteAllBytesAsync(code, source, cancellationToken).ConfigureAwait(false);
            if (
                await CompileHereAsync(code, built, cancellationToken).ConfigureAwait(false) is { } here
                && await CompileInImageAsync(source, built, engine, builderImage, seccomp, cancellationToken).ConfigureAwait(false)
                    is { } inside
            )
            {
                throw SandboxFaults.Unavailable(
                    $"The sandbox's first process could not be compiled, neither on this machine ({here}) nor in {builderImage} ({inside}). Install gcc and libc6-dev."
                );
            }

            File.SetUnixFileMode(built, (UnixFileMode)Convert.ToInt32("555", 8));
            // Another process may have made it meanwhile; it is the same program, and a move over it replaces it whole.
            var beside = path + "." + Path.GetRandomFileName();
            File.Copy(built, beside);
            File.Move(beside, path, overwrite: true);
            return path;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static byte[] ReadSource()
    {
        var source = new MemoryStream();
        foreach (var part in (string[])["relay.c", "confine.c", "waiter.c"])
        {
            using var stream = typeof(WaiterProgram).Assembly.GetManifestResourceStream("Sandboxes/" + part)!;
            stream.CopyTo(source);
        }

        return source.ToArray();
    }

    /// <returns>Null when it worked, else why not.</returns>
    private static async Task<string?> CompileHereAsync(string code, string built, CancellationToken cancellationToken)
    {
        try
        {
            var result = await CliRunner
                .RunAsync("cc", [.. Flags, "-o", built, code], CompileWithin, cancellationToken)
                .ConfigureAwait(false);
            return result.ExitCode == 0 ? null : FirstLine(result.Error);
        }
        catch (Win32Exception)
        {
            return "no C compiler";
        }
    }

    private static async Task<string?> CompileInImageAsync(
        byte[] source,
        string built,
        IContainerEngine engine,
        string image,
        string seccomp,
        CancellationToken cancellationToken
    )
    {
        string script = $"gcc {string.Join(' ', Flags)} -x c -o /tmp/waiter - >&2 && cat /tmp/waiter";
        var result = await engine.RunToolAsync(image, script, seccomp, source, CompileWithin, cancellationToken).ConfigureAwait(false);
        if (result.Fault is not null || result.Output.Length == 0)
        {
            return FirstLine(result.Fault ?? "");
        }

        await File.WriteAllBytesAsync(built, result.Output, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0] is { Length: > 0 } line ? line : "it failed without a word";
}
