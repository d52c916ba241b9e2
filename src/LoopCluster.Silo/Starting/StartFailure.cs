using System.Net.Sockets;
using LoopCluster.Engine.Errors;
using Microsoft.AspNetCore.Connections;
using Orleans.Clustering.Redis;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService;
using StackExchange.Redis;

namespace LoopCluster.Silo.Starting;

/// <summary>What keeps a node from starting, in words for whoever runs it.</summary>
internal static class StartFailure
{
    /// <summary>
    /// Null for what is none of the ways in which the world around a node fails: that is a fault of ours, and its stack is what helps.
    /// </summary>
    public static LoopClusterException? Of(Exception error)
    {
        var causes = Causes(error).ToArray();
        // From what says most to what says least.
        return causes.OfType<LoopClusterException>().FirstOrDefault()
            ?? causes.OfType<OrleansClusterConnectivityCheckFailedException>().Select(CannotJoin).FirstOrDefault()
            ?? causes.Where(IsRedis).Select(NoMembership).FirstOrDefault()
            ?? causes
                .Where(e => e is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse })
                .Select(_ => PortTaken(error))
                .FirstOrDefault()
            ?? causes.OfType<SocketException>().Select(NoAddress).FirstOrDefault()
            ?? causes
                .Where(e => e is OrleansException or OrleansConfigurationException or TimeoutException)
                .Select(NoSilo)
                .FirstOrDefault();
    }

    private static bool IsRedis(Exception error) =>
        error is RedisException or RedisTimeoutException or RedisCommandException or RedisClusteringException;

    private static InfrastructureException CannotJoin(OrleansClusterConnectivityCheckFailedException error) =>
        Failure(
            "cluster-unreachable",
            "this silo reaches not every member of the cluster",
            error,
            "Every silo must reach every other one at the address it gives with --advertise and its --silo-port; members that are gone are declared dead within seconds, then start again"
        );

    private static InfrastructureException NoMembership(Exception error) =>
        Failure(
            "membership-unavailable",
            "the cluster's members cannot be read and written in Redis",
            error,
            "See that Redis runs and that its user may use every key that begins with the prefix (docs/redis.md), then start again"
        );

    private static InfrastructureException PortTaken(Exception error) =>
        Failure(
            "port-taken",
            "a port is taken by another process",
            error,
            "Give other ones with --silo-port, --gateway-port and --url, or stop who has them"
        );

    private static InfrastructureException NoAddress(SocketException error) =>
        Failure(
            "address-unusable",
            "this machine cannot listen at the node's address",
            error,
            "Give one of its own with --advertise, and in --url"
        );

    private static InfrastructureException NoSilo(Exception error) =>
        Failure("silo-not-started", "the silo cannot start", error, "Logging__LogLevel__LoopCluster=Debug shows where");

    private static InfrastructureException Failure(string code, string what, Exception error, string advice) =>
        new(code, $"{what}: {FirstLine(error.Message)}. {advice}.", error);

    private static string FirstLine(string message) => message.AsSpan().Trim().ToString().Split('\n')[0].TrimEnd('.', '\r', ' ');

    private static IEnumerable<Exception> Causes(Exception error) =>
        error is AggregateException all ? all.InnerExceptions.SelectMany(Causes)
        : error.InnerException is { } inner ? Causes(inner).Prepend(error)
        : [error];
}
