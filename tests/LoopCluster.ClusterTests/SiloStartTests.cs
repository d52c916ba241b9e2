using System.Net.Sockets;
using LoopCluster.Bench.Cluster.Hosting;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.ClusterTests.Support;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests;

/// <summary>
/// A node that cannot start says in one line why and what to do, and ends with the exit code of what is broken around it.
/// </summary>
public sealed class SiloStartTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Unavailable = 7;
    private const string Members = "loopcluster/members/loopcluster";

    [SkippableFact]
    public async Task Start_PortTaken_NamesItAndJoinsNothing()
    {
        await StartAsync(silos: 1);
        var silo = await ProductAsync();
        using var other = new TcpListener(silo.Endpoint);
        other.Start();

        silo.Start();

        await ShouldEndAsync(silo, "port-taken", $"{silo.Endpoint} (--silo-port)");
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Cluster.Redis.Configuration);
        (await redis.GetDatabase().HashValuesAsync(Members)).ShouldNotContain(member =>
            member.ToString().Contains($"{silo.Endpoint.Port}", StringComparison.Ordinal)
        );
        (await Cluster.Silos[0].IsReadyAsync()).ShouldBeTrue();
    }

    [SkippableFact]
    public async Task Start_MembershipUnusable_SaysSoAndStartsOnceItIsMended()
    {
        await StartAsync(silos: 0);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Cluster.Redis.Configuration);
        // Passes the check of the ledger's keys, and fails when Orleans begins.
        await redis.GetDatabase().StringSetAsync(Members, "not a table");
        var silo = await ProductAsync();

        silo.Start();

        await ShouldEndAsync(silo, "membership-unavailable", "WRONGTYPE");
        await redis.GetDatabase().KeyDeleteAsync(Members);
        silo.Start();
        await silo.WaitUntilReadyAsync();
    }

    [SkippableFact]
    public async Task Start_StackAtDebug_IsThere()
    {
        await StartAsync(silos: 0);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Cluster.Redis.Configuration);
        await redis.GetDatabase().StringSetAsync(Members, "not a table");
        var silo = await ProductAsync(("Logging__LogLevel__LoopCluster", "Debug"));

        silo.Start();

        (await silo.Process.WaitForExitAsync(TimeSpan.FromMinutes(1))).ShouldBeTrue(silo.Process.Tail());
        (await File.ReadAllTextAsync(silo.Process.Log)).ShouldContain("   at Orleans.");
    }

    private Task<SiloServer> ProductAsync(params (string Name, string Value)[] environment)
    {
        var given = new Dictionary<string, string>(Cluster.Settings.Environment);
        foreach (var (name, value) in environment)
        {
            given[name] = value;
        }

        return Cluster.AddSiloAsync(Cluster.Settings with { Program = [SiloPrograms.Product], Witnessed = false, Environment = given });
    }

    private static async Task ShouldEndAsync(SiloServer silo, string code, string detail)
    {
        (await silo.Process.WaitForExitAsync(TimeSpan.FromMinutes(1))).ShouldBeTrue(silo.Process.Tail());
        silo.Process.ExitCode.ShouldBe(Unavailable, silo.Process.Tail());
        var lines = await File.ReadAllLinesAsync(silo.Process.Log);
        lines
            .Where(line => line.StartsWith("error (", StringComparison.Ordinal))
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(line => line.ShouldStartWith($"error ({code}): "), line => line.ShouldContain(detail));
        lines.ShouldNotContain(
            line => line.StartsWith("   at ", StringComparison.Ordinal) || line.StartsWith("         at ", StringComparison.Ordinal),
            "no stack"
        );
    }
}
