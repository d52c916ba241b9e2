using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;
using LoopCluster.Workspaces.Files;

namespace LoopCluster.Workspaces.Git;

/// <summary>
/// The one place that starts git. The environment is made here, nothing is inherited but PATH; whatever could make git run something else
/// is switched off; it sits in a session of its own, so a Ctrl-C meant for this process does not reach it and killing takes its children
/// too.
/// </summary>
internal sealed class GitRunner : IDisposable
{
    private const int ErrorLimit = 8 * 1024;

    private static readonly (string Key, string Value)[] Configuration =
    [
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("core.attributesFile", "/dev/null"),
        ("core.excludesFile", "/dev/null"),
        ("core.askPass", ""),
        ("core.commitGraph", "false"),
        ("core.logAllRefUpdates", "false"),
        ("credential.helper", ""),
        ("credential.interactive", "false"),
        ("protocol.ext.allow", "never"),
        ("http.followRedirects", "false"),
        ("http.lowSpeedLimit", "1000"),
        ("http.lowSpeedTime", "60"),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("submodule.recurse", "false"),
        ("fetch.recurseSubmodules", "false"),
        ("fetch.writeCommitGraph", "false"),
        ("transfer.bundleURI", "false"),
        ("pack.threads", "1"),
        ("index.threads", "1"),
        ("safe.directory", "*"),
    ];

    private readonly SemaphoreSlim _slots;
    private readonly TimeSpan _timeout;
    private readonly string _emptyDirectory;

    public GitRunner(WorkspaceOptions options)
    {
        _slots = new SemaphoreSlim(options.MaxGitProcesses);
        _timeout = options.GitTimeout;
        _emptyDirectory = Path.Combine(options.Directory, "repos", ".empty");
    }

    /// <summary>Runs git and expects success.</summary>
    /// <exception cref="InfrastructureException"><c>workspace-unavailable</c>, with what git said.</exception>
    public async Task<GitResult> RunAsync(GitCall call, CancellationToken cancellationToken)
    {
        var result = await TryRunAsync(call, cancellationToken);
        return result.ExitCode == 0
            ? result
            : throw new InfrastructureException(
                "workspace-unavailable",
                $"git {call.Arguments[0]} failed with exit code {result.ExitCode}: {result.Error.Trim()}"
            );
    }

    /// <summary>
    /// Runs git; any exit code is a result. When cancelled or out of time, git and its children are gone before this returns.
    /// </summary>
    public async Task<GitResult> TryRunAsync(GitCall call, CancellationToken cancellationToken)
    {
        var timeout = call.Timeout ?? _timeout;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await _slots.WaitAsync(cancellationToken);
        try
        {
            limit.CancelAfter(timeout);

            // Reading a pipe blocks a thread, also when asked asynchronously. Those threads are not the pool's, which on two cores has two.
            return await BlockingThread.RunAsync(() => Communicate(call, limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InfrastructureException(
                "workspace-unavailable",
                $"git {call.Arguments[0]} took longer than {timeout.TotalSeconds:0} s and was stopped."
            );
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private GitResult Communicate(GitCall call, CancellationToken cancellationToken)
    {
        using var process = Start(call);
        using var killing = cancellationToken.Register(() => Kill(process));
        var error = BlockingThread.RunAsync(() => ReadHead(process.StandardError.BaseStream));
        var feed = call.Converse is null && call.Feed is not null ? BlockingThread.RunAsync(() => Write(process, call.Feed)) : null;
        byte[] output = [];
        try
        {
            var stream = process.StandardOutput.BaseStream;
            if (call.Converse is { } converse)
            {
                _ = Write(process, input => converse(input, stream));
            }
            else
            {
                _ = feed ?? Task.FromResult(Write(process, _ => { }));
                output = call.Consume is null ? ReadAll(stream, call) : [];
                call.Consume?.Invoke(stream);
            }

            // What was not asked for must go too, or git would wait with it.
            stream.CopyTo(Stream.Null);
        }
        catch (EndOfStreamException)
        {
            // Git stopped in the middle of its output; its exit code and error say why.
        }
        catch
        {
            // Nobody reads the rest, so git would wait for ever.
            Kill(process);
            throw;
        }
        finally
        {
            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
        }

        _ = feed?.GetAwaiter().GetResult();
        return new GitResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private static bool Write(Process process, Action<Stream> write)
    {
        // Closed whatever happens, or git would wait for more for ever. A broken pipe: git ended early, and its exit code says why; after
        // any other fault git gets half its input and fails.
        var input = process.StandardInput.BaseStream;
        try
        {
            write(input);
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            input.Dispose();
        }

        return true;
    }

    private static byte[] ReadAll(Stream output, GitCall call)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = output.Read(buffer)) > 0)
        {
            if (memory.Length + read > call.OutputLimit)
            {
                throw new InfrastructureException(
                    "workspace-unavailable",
                    $"git {call.Arguments[0]} wrote more than {call.OutputLimit} bytes and was stopped."
                );
            }

            memory.Write(buffer, 0, read);
        }

        return memory.ToArray();
    }

    private static string ReadHead(Stream stream)
    {
        var head = new byte[ErrorLimit];
        var length = 0;
        Span<byte> rest = stackalloc byte[1024];
        int read;
        while ((read = stream.Read(length < ErrorLimit ? head.AsSpan(length) : rest)) > 0)
        {
            length = Math.Min(ErrorLimit, length + read);
        }

        return Encoding.UTF8.GetString(head, 0, length);
    }

    private static void Kill(Process process)
    {
        // The group is its own once setsid has run; before that only the process itself exists.
        _ = LinuxProcess.Send(-process.Id, LinuxProcess.Kill);
        process.Kill();
    }

    private Process Start(GitCall call)
    {
        System.IO.Directory.CreateDirectory(_emptyDirectory);
        var start = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = _emptyDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        SetEnvironment(start.Environment, call);
        if (call.As is { } owner)
        {
            // Outside our private directories: the owner could not enter them.
            start.WorkingDirectory = "/";
            start.ArgumentList.Add("setpriv");
            start.ArgumentList.Add($"--reuid={owner.User}");
            start.ArgumentList.Add($"--regid={owner.Group}");
            start.ArgumentList.Add("--clear-groups");
        }

        start.ArgumentList.Add("git");
        foreach (var argument in call.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InfrastructureException(
                "workspace-unavailable",
                "Could not start git through setsid: install git and util-linux (apt-get install git util-linux).",
                e
            );
        }
    }

    private void SetEnvironment(IDictionary<string, string?> environment, GitCall call)
    {
        environment.Clear();
        environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        environment["HOME"] = call.As is null ? _emptyDirectory : "/nonexistent";
        environment["LC_ALL"] = "C";
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["GIT_CONFIG_SYSTEM"] = "/dev/null";
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        environment["GIT_ATTR_NOSYSTEM"] = "1";
        // The empty tree, which git knows without having it: newer versions would read attributes of HEAD in a bare repository.
        environment["GIT_ATTR_SOURCE"] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["GIT_ASKPASS"] = "/bin/false";
        environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes -oPermitLocalCommand=no -oControlMaster=no -oControlPath=none";
        environment["GIT_OPTIONAL_LOCKS"] = "0";
        environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        environment["GIT_NO_LAZY_FETCH"] = "1";
        environment["GIT_ALLOW_PROTOCOL"] = call.Protocols;
        environment["GIT_COMMITTER_NAME"] = environment["GIT_AUTHOR_NAME"] = "LoopCluster";
        environment["GIT_COMMITTER_EMAIL"] = environment["GIT_AUTHOR_EMAIL"] = "loopcluster@localhost";
        if (call.Repository is { } repository)
        {
            environment["GIT_DIR"] = repository;
        }

        if (call.Alternate is { } alternate)
        {
            // Quoted, because a colon separates directories.
            environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] =
                $"\"{alternate.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        }

        // Of the same rank as -c, and passed on to the processes git starts.
        var count = 0;
        foreach (var (key, value) in Configuration)
        {
            Configure(key, value);
        }

        Configure("core.fsync", call.Durable ? "committed,reference" : "none");
        if (call.Resolve is { } resolve)
        {
            Configure("http.curloptResolve", resolve);
        }

        environment["GIT_CONFIG_COUNT"] = count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var name in call.PassOn)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }

        void Configure(string key, string value)
        {
            environment[$"GIT_CONFIG_KEY_{count}"] = key;
            environment[$"GIT_CONFIG_VALUE_{count}"] = value;
            count++;
        }
    }
}
