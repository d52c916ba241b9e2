using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes;

/// <summary>How containers end, and how it is known that they have.</summary>
internal sealed partial class ContainerSandbox
{
    private static readonly TimeSpan EndsByItselfWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RemovedWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AppearsWithin = TimeSpan.FromSeconds(30);

    /// <summary>Follows one container to its end, whatever ends it. Every container has exactly one.</summary>
    private async Task WatchAsync(IContainerEngine engine, SandboxContainer container)
    {
        var late = false;
        try
        {
            await container.WaitForEndAsync(CancellationToken.None).ConfigureAwait(false);
            if (!container.EndIsProof)
            {
                await RemoveAsync(engine, container.Name).ConfigureAwait(false);
            }

            late = container.MayAppear;
            container.SetGone();
        }
#pragma warning disable CA1031 // Handed to whoever waits for the container.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotRemoved(_logger, container.Name, e);
            container.SetNotGone(e);
        }
        finally
        {
            _live.Remove(container);
        }

        if (late)
        {
            await RemoveLateAsync(engine, container.Name).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// An engine that was asked for a container and not heard may make it after it was looked for. What comes later still is the reaper's.
    /// </summary>
    private async Task RemoveLateAsync(IContainerEngine engine, string name)
    {
        var started = time.GetTimestamp();
        while (!_disposed && time.GetElapsedTime(started) < AppearsWithin)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), time).ConfigureAwait(false);
            await engine.TryRemoveAsync(name).ConfigureAwait(false);
        }
    }

    /// <summary>Ends a container, softly and then by force, and returns when it is gone.</summary>
    private async Task EndAsync(SandboxContainer container)
    {
        if (container.RequestEnd() && await EndsWithinAsync(container, EndsByItselfWithin).ConfigureAwait(false))
        {
            await container.Gone.ConfigureAwait(false);
            return;
        }

        var engine = (await SetUpAsync(CancellationToken.None).ConfigureAwait(false)).Engine;
        try
        {
            await RemoveAsync(engine, container.Name).ConfigureAwait(false);
        }
        catch (InfrastructureException e)
        {
            LogNotRemoved(_logger, container.Name, e);
        }

        if (!await EndsWithinAsync(container, EndsByItselfWithin).ConfigureAwait(false))
        {
            container.Abandon();
        }

        await container.Gone.ConfigureAwait(false);
    }

    private async Task<bool> EndsWithinAsync(SandboxContainer container, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        try
        {
            await container.WaitForEndAsync(timeout.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>An end by force leaves the same exit code as a kill for memory, so the engine is asked.</summary>
    private async Task<bool> RanOutOfMemoryAsync(SandboxContainer container, TimeSpan age)
    {
        var engine = (await SetUpAsync(CancellationToken.None).ConfigureAwait(false)).Engine;
        var now = time.GetUtcNow();
        // Engines take whole seconds: rounded outwards, so this may wait for the present one to end.
        return await engine
            .RanOutOfMemoryAsync(container.Name, now - age - TimeSpan.FromMinutes(1), now + TimeSpan.FromSeconds(1))
            .ConfigureAwait(false);
    }

    /// <exception cref="InfrastructureException">It could not be made sure that the container is gone.</exception>
    private async Task RemoveAsync(IContainerEngine engine, string name)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (await engine.TryRemoveAsync(name).ConfigureAwait(false) is not { } said)
            {
                return;
            }

            if (time.GetElapsedTime(started) > RemovedWithin)
            {
                throw SandboxFaults.Unavailable($"The container {name} could not be removed: {said}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time).ConfigureAwait(false);
        }
    }
}
