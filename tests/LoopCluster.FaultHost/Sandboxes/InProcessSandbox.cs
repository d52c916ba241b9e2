using System.Diagnostics;
using System.Text;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Sandboxes;

/// <summary>
/// Runs a handful of shell commands on the mounted directory without any process, for machines without a container engine: what it takes is
/// valid for a real shell and means the same there. Nothing outlives this process.
/// </summary>
internal sealed class InProcessSandbox : ISandbox
{
    public const string Image = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    public SandboxCaps Caps => SandboxCaps.None;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => new("this process");

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) => new(Image);

    public void Prewarm(SandboxOwner owner, SandboxShape shape) { }

    public async ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    )
    {
        var clock = Stopwatch.StartNew();
        var shell = new TinyShell(shape);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(call.Timeout);
        SandboxOutcome outcome;
        int? exit = null;
        try
        {
            exit = await shell.RunAsync(call.Command, limit.Token);
            outcome = SandboxOutcome.Exited;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            outcome = cancellationToken.IsCancellationRequested ? SandboxOutcome.Cancelled : SandboxOutcome.TimedOut;
        }

        var output = Encoding.UTF8.GetBytes(shell.Output);
        return new SandboxResult
        {
            Outcome = outcome,
            ExitCode = exit,
            Output = output,
            OutputBytes = output.Length,
            Duration = clock.Elapsed,
        };
    }

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
