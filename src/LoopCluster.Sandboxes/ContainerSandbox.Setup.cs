using System.Collections.Concurrent;
using System.Globalization;
using LoopCluster.Engine.Loops;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Egress;
using LoopCluster.Sandboxes.Machine;
using LoopCluster.Sandboxes.Ownership;
using LoopCluster.Sandboxes.Seccomp;
using LoopCluster.Sandboxes.Waiter;

namespace LoopCluster.Sandboxes;

/// <summary>What is found out or made once, at the first use.</summary>
internal sealed partial class ContainerSandbox
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly SemaphoreSlim _settingUp = new(1, 1);
    private readonly ConcurrentDictionary<LoopId, int> _epochs = new();
    private volatile Setup? _setup;

    /// <summary>A failure is not kept: the next call tries again.</summary>
    private async ValueTask<Setup> SetUpAsync(CancellationToken cancellationToken)
    {
        if (_setup is { } done)
        {
            return done;
        }

        await _settingUp.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_setup is { } meanwhile)
            {
                return meanwhile;
            }

            var (driver, engine) = await ContainerDrivers.ConnectAsync(_drivers, cancellationToken).ConfigureAwait(false);
            try
            {
                return _setup = await SetUpAsync(driver.Options, engine, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                engine.Dispose();
                throw;
            }
        }
        finally
        {
            _settingUp.Release();
        }
    }

    private async Task<Setup> SetUpAsync(SandboxOptions options, IContainerEngine engine, CancellationToken cancellationToken)
    {
        var directory = Path.GetFullPath(options.StateDirectory);
        Directory.CreateDirectory(directory, OwnerOnly);
        EgressDirectories.RemoveLeftovers(directory);
        var (user, group) = ChooseUser(options, engine);
        var seccomp = SeccompProfile.Ensure(directory);
        var waiter = await WaiterProgram
            .EnsureAsync(directory, engine, options.BuilderImage, seccomp, cancellationToken)
            .ConfigureAwait(false);
        var setup = new Setup(
            options,
            directory,
            engine,
            new ContainerFiles(waiter, seccomp),
            new MachineFiles(engine, directory, seccomp, user, group),
            ContainerOwner.Current(directory),
            user,
            group
        );
        LogReady(_logger, engine.Description, setup.Owner.ToString(), user, group);
        return setup;
    }

    private static (uint User, uint Group) ChooseUser(SandboxOptions options, IContainerEngine engine)
    {
        if (options.User is { } wanted)
        {
            var ids = wanted.Split(':');
            return (uint.Parse(ids[0], CultureInfo.InvariantCulture), uint.Parse(ids[1], CultureInfo.InvariantCulture));
        }

        if (Environment.IsPrivilegedProcess)
        {
            return (65532, 65532);
        }

        if (engine.MapsOwnUserToRoot)
        {
            throw SandboxFaults.Unavailable(
                $"{engine.Description} is rootless: it maps this user to the container's root, which commands must not be by default. Use podman, or set {SandboxOptions.Section}:User to 0:0."
            );
        }

        return (ReadId("Uid:"), ReadId("Gid:"));
    }

    // "Uid:	real	effective	saved	file system"
    private static uint ReadId(string field) =>
        uint.Parse(
            File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split('\t')[2],
            CultureInfo.InvariantCulture
        );

    private sealed record Setup(
        SandboxOptions Options,
        string StateDirectory,
        IContainerEngine Engine,
        ContainerFiles Files,
        MachineFiles Machine,
        ContainerOwner Owner,
        uint UserId,
        uint GroupId
    );
}
