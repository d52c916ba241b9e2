namespace LoopCluster.ClusterKit.Processes;

/// <summary>Linux signal numbers.</summary>
public enum Signal
{
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
