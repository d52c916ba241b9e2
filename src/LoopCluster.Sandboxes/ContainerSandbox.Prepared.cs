using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes;

/// <summary>Containers started before their call is known; at most one a loop.</summary>
internal sealed partial class ContainerSandbox
{
    // Not given to a container that may be about to end by itself.
    private static readonly TimeSpan LeaveUnused = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<LoopId, Prepared> _prepared = [];

    public void Prewarm(SandboxOwner owner, SandboxShape shape)
    {
        Prepared? replaced;
        lock (_gate)
        {
            if (_disposed || (_prepared.TryGetValue(owner.Loop, out replaced) && replaced.Fits(owner, shape) && replaced.MayServe))
            {
                return;
            }

            _prepared[owner.Loop] = new Prepared(owner, shape, Task.Run(() => TryPrepareAsync(owner, shape)));
        }

        if (replaced is not null)
        {
            _ = DiscardAsync(replaced);
        }
    }

    private async Task<SandboxContainer?> TryPrepareAsync(SandboxOwner owner, SandboxShape shape)
    {
        try
        {
            var setup = await SetUpAsync(CancellationToken.None).ConfigureAwait(false);
            var lastUse = time.GetUtcNow() + setup.Options.PreparedFor + shape.Limits.Timeout.Value;
            return await StartAsync(owner, shape, lastUse + DeadlineSlack, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Only an optimisation failed; the call starts cold and tells then.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotPrepared(_logger, owner.Loop, e);
            return null;
        }
    }

    private async Task<SandboxContainer?> TakePreparedAsync(SandboxOwner owner, SandboxShape shape, TimeSpan timeout)
    {
        Prepared? prepared;
        lock (_gate)
        {
            if (!_prepared.Remove(owner.Loop, out prepared))
            {
                return null;
            }
        }

        var now = time.GetUtcNow();
        var container = prepared.Fits(owner, shape) ? await prepared.Container.ConfigureAwait(false) : null;
        var fits =
            container is { HasEnded: false }
            && now + timeout + DeadlineSlack <= container.Plan.Deadline
            && now + LeaveUnused <= container.Plan.Deadline - DeadlineSlack - shape.Limits.Timeout.Value;
        DriverInstruments.PreparedEnded(used: fits);
        if (fits)
        {
            return container;
        }

        // Of another shape or too old. It was given no call, so it can write nothing; the call does not wait for its end.
        _ = DiscardAsync(prepared);
        return null;
    }

    private async Task DiscardPreparedAsync(LoopId loop)
    {
        Prepared? prepared;
        lock (_gate)
        {
            _prepared.Remove(loop, out prepared);
        }

        if (prepared is not null)
        {
            await DiscardAsync(prepared).ConfigureAwait(false);
        }
    }

    private async Task DiscardAsync(Prepared prepared)
    {
        if (await prepared.Container.ConfigureAwait(false) is { } container)
        {
            using (container)
            {
                await EndAsync(container).ConfigureAwait(false);
            }
        }
    }

    private sealed record Prepared(SandboxOwner Owner, SandboxShape Shape, Task<SandboxContainer?> Container)
    {
        public bool Fits(SandboxOwner owner, SandboxShape shape) => Owner == owner && Shape == shape;

        /// <summary>False when its start failed or it has ended.</summary>
        public bool MayServe => !Container.IsCompleted || Container.Result is { HasEnded: false };
    }
}
