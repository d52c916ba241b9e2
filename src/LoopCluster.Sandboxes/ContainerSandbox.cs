using System.Globalization;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Egress;
using LoopCluster.Sandboxes.Waiter;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Sandboxes;

/// <summary>
/// A container a call, through whichever driver reaches an engine. Its first process is the waiter (<c>Waiter/waiter.c</c>), started before
/// the call is known and attached to this process by its standard input and output.
/// </summary>
/// <param name="drivers">In order of preference.</param>
internal sealed partial class ContainerSandbox(
    IEnumerable<IContainerDriver> drivers,
    EgressDialer dialer,
    TimeProvider time,
    ILogger<ContainerSandbox> logger
) : ISandbox, IAsyncDisposable
{
    // From a call's arrival to its waiter being up. A busy machine's slow start is no fault of the command and costs it no time.
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);

    // The waiter keeps the time itself; past this it is taken for stuck and the engine ends it.
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(3);

    // Between a container's last possible use and the label after which anyone may remove it; more than the two above together.
    private static readonly TimeSpan DeadlineSlack = TimeSpan.FromMinutes(1);

    /// <summary>With fewer bytes left on its workspace's disk a command that failed may have failed for want of them.</summary>
    private const long LeastRoom = 8L << 20;

    private readonly IContainerDriver[] _drivers = [.. drivers];
    private readonly ILogger _logger = logger;
    private readonly Heartbeats _live = new();
    private bool _disposed;

    // Every driver's options are bound from the same section.
    public SandboxCaps Caps => _drivers[0].Options.Caps;

    public async ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken)
    {
        var setup = await SetUpAsync(cancellationToken).ConfigureAwait(false);
        var id = await setup.Engine.ResolveImageAsync(image, cancellationToken).ConfigureAwait(false);
        // Done by the time the first call comes.
        _ = setup.Machine.ForAsync(id);
        return id;
    }

    public async ValueTask<string> DescribeAsync(CancellationToken cancellationToken) =>
        (await SetUpAsync(cancellationToken).ConfigureAwait(false)).Engine.Description;

    public async ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    )
    {
        var arrived = time.GetTimestamp();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(call.Timeout, TimeSpan.Zero, nameof(call));
        ArgumentOutOfRangeException.ThrowIfNegative(call.OutputLimit, nameof(call));
        if (
            call.Environment.Any(e =>
                e.Key.Length == 0 || e.Key.AsSpan().IndexOfAny('=', '\0') >= 0 || e.Value.Contains('\0', StringComparison.Ordinal)
            )
        )
        {
            throw new ArgumentException("An environment name or value holds '=' or NUL.", nameof(call));
        }

        if (call.Command.Contains('\0', StringComparison.Ordinal))
        {
            // A shell would run only what comes before it.
            var told = "the command holds a NUL character and was not run\n"u8.ToArray();
            return new SandboxResult
            {
                Outcome = SandboxOutcome.Exited,
                ExitCode = 126,
                Output = told,
                OutputBytes = told.Length,
                Duration = time.GetElapsedTime(arrived),
            };
        }

        try
        {
            var prepared = await TakePreparedAsync(owner, shape, call.Timeout).ConfigureAwait(false);
            if (
                prepared is not null
                && await RunInAsync(prepared, call, arrived, wasPrepared: true, cancellationToken).ConfigureAwait(false) is { } result
            )
            {
                return result;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var cold = await StartAsync(owner, shape, time.GetUtcNow() + call.Timeout + DeadlineSlack, cancellationToken)
                .ConfigureAwait(false);
            return await RunInAsync(cold, call, arrived, wasPrepared: false, cancellationToken).ConfigureAwait(false)
                ?? throw SandboxFaults.Unavailable("The container ended before it took its call.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new SandboxResult
            {
                Outcome = SandboxOutcome.Cancelled,
                Output = ReadOnlyMemory<byte>.Empty,
                OutputBytes = 0,
                Duration = time.GetElapsedTime(arrived),
            };
        }
    }

    public async ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken)
    {
        await DiscardPreparedAsync(loop).WaitAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(_live.Containers.Where(c => c.Loop == loop).Select(EndAsync)).WaitAsync(cancellationToken).ConfigureAwait(false);
        _epochs.TryRemove(loop, out _);
    }

    public async ValueTask DisposeAsync()
    {
        Prepared[] prepared;
        lock (_gate)
        {
            _disposed = true;
            prepared = [.. _prepared.Values];
            _prepared.Clear();
        }

        await Task.WhenAll(prepared.Select(DiscardAsync)).ConfigureAwait(false);
        await Task.WhenAll(_live.Containers.Select(EndAsync)).ConfigureAwait(false);
        _live.Dispose();
        _settingUp.Dispose();
        if (_setup is { } setup)
        {
            await setup.Machine.SettledAsync().ConfigureAwait(false);
            setup.Engine.Dispose();
        }
    }

    /// <returns>Null when a prepared container turned out to have ended before it took the call.</returns>
    private async Task<SandboxResult?> RunInAsync(
        SandboxContainer container,
        SandboxCall call,
        long arrived,
        bool wasPrepared,
        CancellationToken cancellationToken
    )
    {
        using (container)
        {
            var overdue = false;
            using var clock = time.CreateTimer(
                _ =>
                {
                    overdue = true;
                    _ = EndAsync(container);
                },
                null,
                StartsWithin + call.Timeout + Overdue,
                Timeout.InfiniteTimeSpan
            );
            container.OnReady(() => clock.Change(call.Timeout + Overdue, Timeout.InfiniteTimeSpan));
            using var cancelled = cancellationToken.Register(() => _ = EndAsync(container));

            var end = await container.ExecuteAsync(call).ConfigureAwait(false);
            if (end.Broken)
            {
                await EndAsync(container).ConfigureAwait(false);
            }

            await container.Gone.ConfigureAwait(false);
            if (end.Report is null && wasPrepared && !container.IsEnding && end.ExitCode == WaiterExit.NeverStarted)
            {
                return null;
            }

            var (outcome, exitCode) = end.Report switch
            {
                { TimedOut: true } => (SandboxOutcome.TimedOut, (int?)null),
                { OutOfMemory: true } report => (SandboxOutcome.OutOfMemory, report.ExitCode),
                { } report => (SandboxOutcome.Exited, report.ExitCode),
                null when end.Broken => throw Failure(container, end),
                null when overdue && !end.Ready => throw Failure(container, end),
                null when overdue => (SandboxOutcome.TimedOut, null),
                null when container.IsEnding => (SandboxOutcome.Cancelled, null),
                // Nothing in a container can kill its first process; the kernel can, when memory is short and nothing larger is left to
                // kill. Short memory also keeps it from writing its report.
                null
                    when end is { Ready: true, ExitCode: 137 or WaiterExit.HarnessGone }
                        && await RanOutOfMemoryAsync(container, time.GetElapsedTime(arrived)).ConfigureAwait(false) => (
                    SandboxOutcome.OutOfMemory,
                    null
                ),
                null => throw Failure(container, end),
            };
            if (outcome == SandboxOutcome.Exited && exitCode != 0 && HasNoRoom(container.Plan.Shape.WorkspaceDirectory))
            {
                throw SandboxFaults.DiskFull(container.Plan.Shape.WorkspaceDirectory);
            }

            var duration = time.GetElapsedTime(arrived);
            DriverInstruments.SandboxCall(outcome, wasPrepared, duration);
            return new SandboxResult
            {
                Outcome = outcome,
                ExitCode = exitCode,
                Output = end.Output.Bytes,
                OutputBytes = end.Report?.OutputBytes ?? end.Output.Total,
                Duration = duration,
            };
        }
    }

    private static bool HasNoRoom(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace < LeastRoom;
        }
        catch (IOException)
        {
            // The directory is gone with its loop.
            return false;
        }
    }

    private async Task<SandboxContainer> StartAsync(
        SandboxOwner owner,
        SandboxShape shape,
        DateTimeOffset deadline,
        CancellationToken cancellationToken
    )
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var setup = await SetUpAsync(cancellationToken).ConfigureAwait(false);
        var files = setup.Files with
        {
            Machine = await setup.Machine.ForAsync(shape.ImageId).WaitAsync(cancellationToken).ConfigureAwait(false),
        };
        _epochs.AddOrUpdate(owner.Loop, owner.Epoch, (_, known) => Math.Max(known, owner.Epoch));

        var egress =
            shape.Egress.Count == 0
                ? null
                : EgressProxy.Start(EgressDirectories.Create(setup.StateDirectory), dialer.RulesOf(shape), dialer, owner.Loop, _logger);
        try
        {
            var user = string.Create(CultureInfo.InvariantCulture, $"{setup.UserId}:{setup.GroupId}");
            var plan = ContainerPlan.Create(setup.Options, user, files, setup.Owner.ToString(), owner, shape, deadline, egress?.Directory);
            var container = setup.Engine.Start(plan, egress);
            _live.Add(container);
            _ = WatchAsync(setup.Engine, container);
            return container;
        }
        catch
        {
            egress?.Dispose();
            throw;
        }
    }

    private InfrastructureException Failure(SandboxContainer container, ContainerEnd end)
    {
        if (end is { Ready: true, ExitCode: WaiterExit.NoWorkspace })
        {
            return SandboxFaults.Unavailable(
                $"{container.Plan.Shape.WorkspaceDirectory} cannot be entered by user {_setup?.UserId}, as which commands run."
            );
        }

        return end.Said.Contains("no such image", StringComparison.OrdinalIgnoreCase)
            ? SandboxFaults.ImageIsGone(end.Said)
            : SandboxFaults.Unavailable(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The container {(end.Ready ? "ended without a report" : "did not start")} (exit code {end.ExitCode}): {end.Said}"
                )
            );
    }
}
