namespace LoopCluster.Bench.Cluster.Hosting.Processes;

/// <summary>Linux signal numbers.</summary>
internal enum Signal
{
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
