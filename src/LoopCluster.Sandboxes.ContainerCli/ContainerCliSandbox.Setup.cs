using System.Collections.Concurrent;
using System.Globalization;
using LoopCluster.Engine.Loops;
using LoopCluster.Sandboxes.ContainerCli.Egress;

namespace LoopCluster.Sandboxes.ContainerCli;

/// <summary>What is found out or made once, at the first use.</summary>
internal sealed partial class ContainerCliSandbox
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

            var directory = Path.GetFullPath(_options.StateDirectory);
            Directory.CreateDirectory(directory, OwnerOnly);
            EgressDirectories.RemoveLeftovers(directory);
            var engine = await ContainerEngine.FindAsync(_options.Cli, cancellationToken).ConfigureAwait(false);
            var (user, group) = ChooseUser(engine);
            var waiter = await WaiterProgram.EnsureAsync(directory, engine, _options.BuilderImage, cancellationToken).ConfigureAwait(false);
            var setup = new Setup(directory, engine, waiter, ContainerOwner.Current(directory), user, group);
            LogReady(_logger, engine.Cli, setup.Owner.ToString(), user, group);
            _setup = setup;
            return setup;
        }
        finally
        {
            _settingUp.Release();
        }
    }

    private (uint User, uint Group) ChooseUser(ContainerEngine engine)
    {
        if (_options.User is { } wanted)
        {
            var ids = wanted.Split(':');
            return (uint.Parse(ids[0], CultureInfo.InvariantCulture), uint.Parse(ids[1], CultureInfo.InvariantCulture));
        }

        if (Environment.IsPrivilegedProcess)
        {
            return (65532, 65532);
        }

        if (engine is { Rootless: true, Kind: EngineKind.Docker })
        {
            throw ContainerEngine.Unavailable(
                $"{engine.Cli} is rootless: it maps this user to the container's root, which commands must not be by default. Use podman, or set {ContainerCliOptions.Section}:User to 0:0.");
        }

        return (ReadId("Uid:"), ReadId("Gid:"));
    }

    // "Uid:	real	effective	saved	file system"
    private static uint ReadId(string field) =>
        uint.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split('\t')[2], CultureInfo.InvariantCulture);

    private sealed record Setup(string StateDirectory, ContainerEngine Engine, string Waiter, ContainerOwner Owner, uint UserId, uint GroupId);
}
