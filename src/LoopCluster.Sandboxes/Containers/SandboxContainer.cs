using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Waiter;

namespace LoopCluster.Sandboxes.Containers;

/// <summary>One container and what is attached to it. Takes one call at most.</summary>
internal abstract class SandboxContainer(ContainerPlan plan, IDisposable? egress) : IDisposable
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isEnding;
    private Action? _onReady;

    public ContainerPlan Plan => plan;

    public string Name => plan.Name;

    public LoopId Loop => plan.Owner.Loop;

    /// <summary>Done when nothing of the container can run any more.</summary>
    public Task Gone => _gone.Task;

    /// <summary>This side has ended it.</summary>
    public bool IsEnding => _isEnding;

    /// <summary>What is attached has ended, so no call can be given to it.</summary>
    public abstract bool HasEnded { get; }

    /// <summary>How it ended alone proves that the container is gone.</summary>
    public abstract bool EndIsProof { get; }

    /// <summary>
    /// Its creation was asked for and never answered: the engine may make it yet. Nothing of it can run, since only this side starts it or
    /// its waiter ends without a heartbeat.
    /// </summary>
    public abstract bool MayAppear { get; }

    /// <summary>
    /// Tells the waiter that this process lives, without blocking. Skipped while a call is being written, which tells it as well.
    /// </summary>
    public abstract void Beat();

    /// <summary>
    /// Gives the container its call and follows it until what is attached has ended, or until what comes is no waiter's. Never throws for
    /// what the container or the engine does.
    /// </summary>
    public abstract Task<ContainerEnd> ExecuteAsync(SandboxCall call);

    /// <summary>What to do when the waiter's first word has been heard, which is while a call is executed. Only before it is.</summary>
    public void OnReady(Action action) => _onReady = action;

    /// <summary>Waits until what is attached has ended.</summary>
    public abstract Task WaitForEndAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Closes the waiter's standard input, on which it exits with everything in the container. False when that is not possible now.
    /// </summary>
    public bool RequestEnd()
    {
        _isEnding = true;
        return CloseInput();
    }

    /// <summary>Lets go of what is attached; it ends without a proof.</summary>
    public abstract void Abandon();

    public void SetGone() => _gone.TrySetResult();

    /// <summary>It may still be there; whoever waits is told why.</summary>
    public void SetNotGone(Exception fault) => _gone.TrySetException(fault);

    public void Dispose()
    {
        egress?.Dispose();
        DisposeAttached();
    }

    /// <summary>Takes what the container has written and notes the waiter's first word.</summary>
    protected void Accept(WaiterReader reader, ReadOnlySpan<byte> bytes)
    {
        var wasReady = reader.IsReady;
        reader.Accept(bytes);
        if (reader.IsReady && !wasReady)
        {
            _onReady?.Invoke();
        }
    }

    protected abstract bool CloseInput();

    protected abstract void DisposeAttached();
}

/// <param name="ExitCode">Of the container, or of what was attached to it; -1 when neither is known.</param>
/// <param name="Ready">The waiter was up, so a missing report is no failed start.</param>
/// <param name="Broken">What came was no waiter's: nothing of it counts, and the container has still to be ended.</param>
/// <param name="Said">What went wrong in words.</param>
internal sealed record ContainerEnd(WaiterReport? Report, SandboxOutput Output, int ExitCode, bool Ready, bool Broken, string Said);
