using LoopCluster.Bench.Cluster.Turns;
using LoopCluster.Bench.Turns;

switch (args)
{
    case ["stub", .. var arguments]:
        await StubServer.RunAsync(arguments);
        return 0;
    case ["cluster", .. var arguments]:
        return await ClusterBench.RunAsync(arguments);
    default:
        Console.Error.WriteLine("loop-bench-cluster cluster | chaos");
        return 2;
}
