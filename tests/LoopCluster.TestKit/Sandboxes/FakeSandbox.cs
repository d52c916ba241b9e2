using System.Collections.Concurrent;
using System.Text;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>One call as a <see cref="FakeSandbox"/> saw it.</summary>
public sealed record FakeSandboxCall(SandboxOwner Owner, SandboxShape Shape, SandboxCall Call);

/// <summary>
/// A sandbox without containers: runs a delegate and remembers what it was asked for. Every image resolves to <see cref="ImageId"/>.
/// </summary>
public sealed class FakeSandbox(Func<FakeSandboxCall, CancellationToken, ValueTask<SandboxResult>> run) : ISandbox
{
    public const string ImageId = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private readonly ConcurrentQueue<FakeSandboxCall> _calls = new();
    private readonly ConcurrentQueue<(SandboxOwner Owner, SandboxShape Shape)> _prewarmed = new();
    private readonly ConcurrentQueue<LoopId> _released = new();
    private readonly ConcurrentDictionary<LoopId, bool> _held = new();

    public FakeSandbox(Func<FakeSandboxCall, SandboxResult> run)
        : this((call, _) => ValueTask.FromResult(run(call))) { }

    /// <summary>Every command exits with 0 and says nothing.</summary>
    public FakeSandbox()
        : this(_ => Exited(0)) { }

    public IReadOnlyCollection<FakeSandboxCall> Calls => _calls;

    public IReadOnlyCollection<(SandboxOwner Owner, SandboxShape Shape)> Prewarmed => _prewarmed;

    public IReadOnlyCollection<LoopId> Released => _released;

    /// <summary>
    /// Loops with a prepared container that was neither used up nor given back: the newest of prewarming and releasing counts.
    /// </summary>
    public IReadOnlyCollection<LoopId> Held => [.. _held.Keys];

    public static SandboxResult Exited(int exitCode, string output = "", TimeSpan duration = default)
    {
        var bytes = Encoding.UTF8.GetBytes(output);
        return new SandboxResult
        {
            Outcome = SandboxOutcome.Exited,
            ExitCode = exitCode,
            Output = bytes,
            OutputBytes = bytes.Length,
            Duration = duration,
        };
    }

    /// <summary>A call that did not end by itself.</summary>
    public static SandboxResult Ended(SandboxOutcome outcome, string output = "", TimeSpan duration = default) =>
        Exited(0, output, duration) with
        {
            Outcome = outcome,
            ExitCode = null,
        };

    /// <summary>What resolving an image waits for, deaf to cancellation; nothing by default.</summary>
    public Func<Task> Resolving { get; set; } = () => Task.CompletedTask;

    public SandboxCaps Caps { get; set; } = SandboxCaps.None;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => new("a fake");

    public async ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken)
    {
        await Resolving();
        return ImageId;
    }

    public void Prewarm(SandboxOwner owner, SandboxShape shape)
    {
        _held[owner.Loop] = true;
        _prewarmed.Enqueue((owner, shape));
    }

    public ValueTask<SandboxResult> RunAsync(SandboxOwner owner, SandboxShape shape, SandboxCall call, CancellationToken cancellationToken)
    {
        var seen = new FakeSandboxCall(owner, shape, call);
        _calls.Enqueue(seen);
        return run(seen, cancellationToken);
    }

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken)
    {
        _held.TryRemove(loop, out _);
        _released.Enqueue(loop);
        return ValueTask.CompletedTask;
    }
}
