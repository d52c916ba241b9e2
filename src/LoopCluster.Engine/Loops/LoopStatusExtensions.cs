namespace LoopCluster.Engine.Loops;

public static class LoopStatusExtensions
{
    /// <summary>True when nothing follows.</summary>
    public static bool IsFinal(this LoopStatus status) =>
        status is not (LoopStatus.Running or LoopStatus.Waiting or LoopStatus.Parked or LoopStatus.Paused or LoopStatus.Queued);
}
