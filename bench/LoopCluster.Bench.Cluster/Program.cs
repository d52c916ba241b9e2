using LoopCluster.Bench.Cluster;
using LoopCluster.Bench.Cluster.Chaos;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.Bench.Cluster.Recovery;
using LoopCluster.Bench.Cluster.Turns;
using LoopCluster.Bench.Turns;

switch (args)
{
    case ["cluster", .. var arguments]:
        return await ClusterCommand.RunAsync(arguments);
    case ["bench-silo", .. var arguments]:
        return await BenchSilo.RunAsync(arguments);
    case ["spin"]:
        return Saturation.Spin();
    case ["stub", .. var arguments]:
        await StubServer.RunAsync(arguments);
        return 0;
    case ["chaos", .. var arguments]:
        return await ChaosCommand.RunAsync(arguments);
    case ["silo", .. var arguments]:
        return await WitnessedSilo.RunAsync(arguments);
    default:
        Console.Error.WriteLine("loop-bench-cluster cluster | chaos");
        return 2;
}
