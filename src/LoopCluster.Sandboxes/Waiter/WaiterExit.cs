namespace LoopCluster.Sandboxes.Waiter;

/// <summary>The waiter's own exit codes, which are the container's.</summary>
internal static class WaiterExit
{
    /// <summary>The command's user may not enter the workspace.</summary>
    public const int NoWorkspace = 71;

    /// <summary>The waiter ended before it started a command.</summary>
    public const int NeverStarted = 75;

    private const int Reported = 0;
    private const int Broken = 70;

    /// <summary>What it says, or is told, found no way any more.</summary>
    public const int HarnessGone = 76;

    /// <summary>Nothing but the waiter ends with this code.</summary>
    public static bool IsOne(int exitCode) => exitCode is Reported or Broken or NoWorkspace or NeverStarted or HarnessGone;
}
