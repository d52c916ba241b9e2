using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;

namespace LoopCluster.Cli.Cluster;

/// <summary>
/// A process that outlives the command that started it. Its start time (clock ticks after boot, <c>/proc/PID/stat</c> field 22) tells it
/// from another that got its pid later.
/// </summary>
/// <param name="Log">Where its output goes.</param>
internal sealed record DetachedProcess(int Pid, long Started, string Log)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    public bool IsRunning => StartTime(Pid) == Started;

    /// <summary>Starts it in a session of its own, so that a terminal's Ctrl-C does not reach it.</summary>
    public static async Task<DetachedProcess> StartAsync(
        string file,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        string log,
        CancellationToken cancellationToken
    )
    {
        // The shell names the pid and goes; setsid, not being a group's leader here, becomes the program itself.
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (
            var argument in new[]
            {
                "-c",
                "log=$1; shift; umask 077; setsid -- \"$@\" >>\"$log\" 2>&1 </dev/null & echo $!",
                "sh",
                log,
                file,
            }.Concat(arguments)
        )
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        var text = await shell.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        return int.TryParse(text, CultureInfo.InvariantCulture, out var pid) && StartTime(pid) is { } started
            ? new DetachedProcess(pid, started, log)
            : throw new InfrastructureException("cluster-unavailable", $"{file} could not be started: {Tail(log)}");
    }

    public void Kill() => Signal(LinuxProcess.Kill);

    public void Terminate() => Signal(LinuxProcess.Terminate);

    /// <summary>False when it still runs after <paramref name="patience"/>.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var watch = Stopwatch.StartNew(); IsRunning; )
        {
            if (watch.Elapsed > patience)
            {
                return false;
            }

            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The end of its output, for an error message.</summary>
    public string Tail() => Tail(Log);

    private static string Tail(string log) =>
        File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(12)) + $"\n(the whole output is in {log})" : "it wrote nothing";

    private void Signal(int signal)
    {
        if (IsRunning && !LinuxProcess.Send(Pid, signal) && Marshal.GetLastPInvokeError() is var error and not Errno.NoProcess)
        {
            throw new Win32Exception(error, $"process {Pid} cannot be signalled");
        }
    }

    private static long? StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name may hold spaces and parentheses; fields are counted from its last one. A zombie has ended.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
