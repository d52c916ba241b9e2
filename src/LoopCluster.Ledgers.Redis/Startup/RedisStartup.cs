using System.Globalization;
using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.Redis.Connection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Startup;

/// <summary>
/// Looks at every master before anything else of the host starts, and refuses one on which what is acknowledged could be lost by
/// configuration: that evicts, does not take writes, is too old, or belongs to another deployment. Warns where only the operator can know.
/// </summary>
public sealed partial class RedisStartup : IHostedLifecycleService
{
    private static readonly Version OldestServer = new(7, 0);
    private static readonly Version WaitAppendOnlyFileServer = new(7, 2);

    private readonly RedisConnection _connection;
    private readonly ReplicaBarrier _barrier;
    private readonly ILogger<RedisStartup> _logger;

    internal RedisStartup(RedisConnection connection, ReplicaBarrier barrier, ILogger<RedisStartup> logger) =>
        (_connection, _barrier, _logger) = (connection, barrier, logger);

    private RedisLedgerOptions Options => _connection.Options;

    /// <summary>Checks the servers and takes the prefix for this deployment. Also run by the host itself, first.</summary>
    /// <exception cref="InfrastructureException"><c>ledger-unavailable</c>: not reachable within <see cref="RedisLedgerOptions.RetryFor"/>,
    /// or not writable.</exception>
    /// <exception cref="BadInputException"><c>redis-unsuitable</c>: every fault of the servers; <c>redis-prefix-taken</c>: the prefix
    /// belongs to another deployment; <c>clock-off</c>.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await _connection.RunAsync(true, static (database, _) => database.PingAsync(), "starting", cancellationToken).ConfigureAwait(false);
        var faults = new List<InputFault>();
        var multiplexer = await _connection.MultiplexerAsync().ConfigureAwait(false);
        var servers = multiplexer.GetServers().Where(s => s.IsConnected).ToArray();
        var masters = servers.Where(s => !s.IsReplica).ToArray();
        if (masters.Length == 0)
        {
            faults.Add(Fault($"{_connection.Servers} are read-only replicas; name the master."));
        }

        foreach (var server in masters)
        {
            var facts = await _connection
                .RunAsync(server, static (_, s) => ServerFacts.ReadAsync(s), "starting", cancellationToken)
                .ConfigureAwait(false);
            faults.AddRange(FaultsOf(facts));
            Warn(facts);
            RequireSameTime(facts);
        }

        if (faults.Count > 0)
        {
            throw new BadInputException("redis-unsuitable", faults);
        }

        await new DeploymentMarker(_connection).TakeAsync(cancellationToken).ConfigureAwait(false);
        await _barrier.WaitAsync(_connection.Keys.Deployment, cancellationToken).ConfigureAwait(false);
    }

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => CheckAsync(cancellationToken);

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static InputFault Fault(string message) => new("", message);

    private void RequireSameTime(ServerFacts facts)
    {
        if (
            facts.Clock is { } clock
            && (_connection.Time.GetUtcNow() - clock) is var difference
            && difference.Duration() > Options.MaxClockDifference
        )
        {
            throw new BadInputException(
                "clock-off",
                "",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"This machine's clock is {difference.Duration().TotalSeconds:0} s {(difference > TimeSpan.Zero ? "ahead of" : "behind")} the one of Redis at {facts.Address}; {Options.MaxClockDifference.TotalSeconds:0} s are allowed ({RedisLedgerOptions.Section}:MaxClockDifference). Set the clocks, for example with NTP."
                )
            );
        }
    }

    private IEnumerable<InputFault> FaultsOf(ServerFacts facts)
    {
        if (facts.Version < OldestServer)
        {
            yield return Fault($"Redis {facts.Version} at {facts.Address} is too old; {OldestServer} is the oldest that is supported.");
        }

        if (Options.WaitAppendOnlyFile && facts.Version < WaitAppendOnlyFileServer)
        {
            yield return Fault(
                $"{RedisLedgerOptions.Section}:WaitAppendOnlyFile needs WAITAOF, which Redis has from {WaitAppendOnlyFileServer} on; {facts.Address} is {facts.Version}. Upgrade it, or set 'appendfsync always' and leave the option off."
            );
        }

        if (facts.EvictionPolicy is not (null or "noeviction"))
        {
            yield return Fault(
                $"{facts.Address} has maxmemory-policy {facts.EvictionPolicy}: it would throw entries away when memory is short. Set 'maxmemory-policy noeviction' in its configuration (now: CONFIG SET maxmemory-policy noeviction)."
            );
        }

        if (Options.RequirePersistence && facts.Persists is not true)
        {
            yield return Fault(
                $"{RedisLedgerOptions.Section}:RequirePersistence is set, and {facts.Address} {(facts.Persists is false ? "writes neither an append-only file nor snapshots" : "does not say whether it writes snapshots (CONFIG GET is not allowed), and writes no append-only file")}. Set 'appendonly yes' and 'appendfsync always'."
            );
        }

        if (facts.Replicas < Options.WaitReplicas)
        {
            yield return Fault(
                $"{RedisLedgerOptions.Section}:WaitReplicas is {Options.WaitReplicas}, and {facts.Address} has {facts.Replicas} replicas connected: no append could succeed. Connect them, or lower it."
            );
        }
    }

    private void Warn(ServerFacts facts)
    {
        if (facts.EvictionPolicy is null || facts.Persists is null || (facts.AppendOnly && facts.AppendSync is null))
        {
            LogUnknown(facts.Address, string.Join(", ", Unknown(facts)));
        }

        if (facts.Persists is false)
        {
            LogNotPersistent(facts.Address);
        }
        else if (!facts.AppendOnly)
        {
            LogSnapshotsOnly(facts.Address);
        }
        else if (facts.AppendSync is not (null or "always"))
        {
            LogNotAlways(facts.Address, facts.AppendSync);
        }
    }

    private static IEnumerable<string> Unknown(ServerFacts facts)
    {
        if (facts.EvictionPolicy is null)
        {
            yield return "maxmemory-policy";
        }

        if (facts.Persists is null)
        {
            yield return "save";
        }

        if (facts.AppendOnly && facts.AppendSync is null)
        {
            yield return "appendfsync";
        }
    }
}
