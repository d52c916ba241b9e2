using System.Diagnostics;
using LoopCluster.Runtime.Linux;

namespace LoopCluster.ClusterKit.Processes;

/// <summary>A process of a run: its output goes to a file, and every signal a fault may be is sent to it and to no other.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process, string log) => (_process, Log, Id) = (process, log, process.Id);

    public int Id { get; }

    /// <summary>Where its output goes, that of its predecessors first.</summary>
    public string Log { get; }

    public bool IsRunning => !_process.HasExited;

    /// <summary>Valid once it has ended: 128 + signal when a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <param name="network">Network namespace to run in; null for this process's own.</param>
    public static ChildProcess Start(
        string log,
        string? network,
        IReadOnlyDictionary<string, string>? environment,
        string program,
        params IEnumerable<string> arguments
    )
    {
        // The shell becomes the program, so the id is the program's and no signal stops at a go-between.
        string[] shell = ["/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", log, program];
        string[] command = network is null ? shell : ["nsenter", "--net=/run/netns/" + network, .. shell];
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments]) { RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!, log);
    }

    /// <summary>Nothing happens when it has ended.</summary>
    public void Send(Signal signal)
    {
        if (IsRunning)
        {
            _ = LinuxProcess.Send(Id, (int)signal);
        }
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>False when it still runs after <paramref name="patience"/>.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>SIGKILL, and the process is gone afterwards.</summary>
    public void Kill()
    {
        Send(Signal.Kill);
        _process.WaitForExit();
    }

    /// <summary>SIGKILL, and the process is gone when the task is done.</summary>
    public async Task KillAsync()
    {
        Send(Signal.Kill);
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>The end of its output, for an error message.</summary>
    public string Tail() =>
        File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(15)) + $"\n(the whole output is in {Log})" : "it wrote nothing";

    public async ValueTask DisposeAsync()
    {
        await KillAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
