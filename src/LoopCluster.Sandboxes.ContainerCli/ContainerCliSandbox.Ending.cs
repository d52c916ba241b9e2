using System.Globalization;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Sandboxes.ContainerCli;

/// <summary>How containers end, and how it is known that they have.</summary>
internal sealed partial class ContainerCliSandbox
{
    private static readonly TimeSpan EndsByItselfWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RemovedWithin = TimeSpan.FromSeconds(10);

    /// <summary>Follows one container to its end, whatever ends it. Every container has exactly one.</summary>
    private async Task WatchAsync(ContainerEngine engine, SandboxContainer container)
    {
        try
        {
            await container.WaitForClientAsync(CancellationToken.None).ConfigureAwait(false);
            if (!container.ExitIsProof)
            {
                await RemoveAsync(engine, container.Name).ConfigureAwait(false);
            }

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
    }

    /// <summary>Ends a container, softly and then by force, and returns when it is gone.</summary>
    private async Task EndAsync(SandboxContainer container)
    {
        if (container.RequestEnd() && await ExitsWithinAsync(container, EndsByItselfWithin).ConfigureAwait(false))
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

        if (!await ExitsWithinAsync(container, EndsByItselfWithin).ConfigureAwait(false))
        {
            container.KillClient();
        }

        await container.Gone.ConfigureAwait(false);
    }

    private async Task<bool> ExitsWithinAsync(SandboxContainer container, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        try
        {
            await container.WaitForClientAsync(timeout.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Asks the engine's recent events. A killed client leaves the same exit code as a container killed for memory.</summary>
    private async Task<bool> RanOutOfMemoryAsync(SandboxContainer container, TimeSpan age)
    {
        var engine = (await SetUpAsync(CancellationToken.None).ConfigureAwait(false)).Engine;
        var now = time.GetUtcNow();
        // Whole seconds: rounded outwards, so this may wait for the present one to end.
        var (since, until) = (now - age - TimeSpan.FromMinutes(1), now + TimeSpan.FromSeconds(1));
        var events = await engine.RunAsync(
            [
                "events", "--since", since.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), "--until", until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                "--filter", $"container={container.Name}", "--filter", "event=oom", "--format", "oom",
            ], CancellationToken.None).ConfigureAwait(false);
        return events.ExitCode == 0 && events.Text.Contains("oom", StringComparison.Ordinal);
    }

    /// <exception cref="InfrastructureException">It could not be made sure that the container is gone.</exception>
    private async Task RemoveAsync(ContainerEngine engine, string name)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            await engine.RunAsync(["rm", "--force", name], CancellationToken.None).ConfigureAwait(false);
            var look = await engine.RunAsync(["container", "inspect", "--format", "{{.Id}}", name], CancellationToken.None).ConfigureAwait(false);
            if (look.ExitCode != 0 && look.Error.Contains("no such container", StringComparison.OrdinalIgnoreCase))
            {
                return;
            }

            if (time.GetElapsedTime(started) > RemovedWithin)
            {
                throw ContainerEngine.Unavailable($"The container {name} could not be removed: {look.Error}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time).ConfigureAwait(false);
        }
    }
}
