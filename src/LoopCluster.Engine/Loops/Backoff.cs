namespace LoopCluster.Engine.Loops;

/// <summary>Waits between tries. No jitter: a wait is re-derived on replay, and each loop's clock differs anyway.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static TimeSpan After(int failures)
    {
        var wait = First * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return wait < Longest ? wait : Longest;
    }
}
