using LoopCluster.Bench.Cluster.Chaos;
using LoopCluster.Bench.Cluster.Hosting.Silos;

switch (args)
{
    case ["chaos", .. var arguments]:
        return await ChaosCommand.RunAsync(arguments);
    case ["silo", .. var arguments]:
        return await WitnessedSilo.RunAsync(arguments);
    default:
        Console.Error.WriteLine("loop-bench-cluster cluster | chaos");
        return 2;
}
