using System.Collections.Concurrent;
using System.Globalization;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>
/// Commands without processes, on the real files of the workspace: <c>has FILE TEXT</c> (exit code 1 when not), <c>put FILE TEXT</c>,
/// <c>say TEXT</c>, <c>exit N</c>, <c>codes 0,1,…</c> (an exit code for each run of this command in turn, the last for all that follow),
/// <c>slow N</c> (claims N seconds), <c>hold</c> (until released or cut off).
/// </summary>
public sealed class FakeShell
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, int> _runs = new(StringComparer.Ordinal);
    private TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Told each command before it runs; nothing by default.</summary>
    public Action<string> BeforeCommand { get; set; } = _ => { };

    public FakeShell() => Sandbox = new FakeSandbox(RunAsync);

    public FakeSandbox Sandbox { get; }

    /// <summary>Done when a command holds.</summary>
    public Task Held => Volatile.Read(ref _held).Task;

    /// <summary>Lets held commands go on, later ones too.</summary>
    public void Release() => _release.TrySetResult();

    /// <summary>Waits for the next hold, not for one of the past.</summary>
    public void ExpectHold() => Volatile.Write(ref _held, new(TaskCreationOptions.RunContinuationsAsynchronously));

    private async ValueTask<SandboxResult> RunAsync(FakeSandboxCall call, CancellationToken cancellationToken)
    {
        BeforeCommand(call.Call.Command);
        var words = call.Call.Command.Split(' ', 3);
        string File() => Path.Combine(call.Shape.WorkspaceDirectory, words[1]);
        switch (words[0])
        {
            case "has":
                var holds =
                    System.IO.File.Exists(File())
                    && (await System.IO.File.ReadAllTextAsync(File(), cancellationToken)).Contains(words[2], StringComparison.Ordinal);
                return holds ? FakeSandbox.Exited(0, "ok\n") : FakeSandbox.Exited(1, $"AssertionError: {words[1]} lacks {words[2]}\n");
            case "put":
                await System.IO.File.WriteAllTextAsync(File(), words[2] + "\n", cancellationToken);
                return FakeSandbox.Exited(0);
            case "say":
                return FakeSandbox.Exited(0, call.Call.Command[4..] + "\n");
            case "exit":
                return FakeSandbox.Exited(int.Parse(words[1], CultureInfo.InvariantCulture), $"exit {words[1]}\n");
            case "codes":
                var codes = words[1].Split(',');
                var run = _runs.AddOrUpdate(call.Call.Command, 0, (_, before) => before + 1);
                var code = int.Parse(codes[Math.Min(run, codes.Length - 1)], CultureInfo.InvariantCulture);
                return FakeSandbox.Exited(code, code == 0 ? "ok\n" : "lost a race\n");
            case "slow":
                return FakeSandbox.Exited(0, "slow\n", TimeSpan.FromSeconds(int.Parse(words[1], CultureInfo.InvariantCulture)));
            case "timeout":
                return FakeSandbox.Ended(SandboxOutcome.TimedOut, "still at it\n");
            case "hold":
                return await HoldAsync(cancellationToken);
            default:
                return FakeSandbox.Exited(127, $"{words[0]}: not found\n");
        }
    }

    private async ValueTask<SandboxResult> HoldAsync(CancellationToken cancellationToken)
    {
        Volatile.Read(ref _held).TrySetResult();
        try
        {
            await _release.Task.WaitAsync(cancellationToken);
            return FakeSandbox.Exited(0, "released\n");
        }
        catch (OperationCanceledException)
        {
            return FakeSandbox.Ended(SandboxOutcome.Cancelled);
        }
    }
}
