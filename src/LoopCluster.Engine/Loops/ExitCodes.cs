namespace LoopCluster.Engine.Loops;

/// <summary>Exit codes of the command line and of <c>loop-stopped</c>.</summary>
public static class ExitCodes
{
    public const int Verified = 0;
    public const int InternalError = 1;
    public const int BadInput = 2;
    public const int BudgetExhausted = 3;
    public const int Stuck = 4;
    public const int Cancelled = 5;
    public const int GateUnavailable = 6;
    public const int Unavailable = 7;
    public const int VerificationFailed = 8;
    public const int WaitingForPerson = 9;

    public static int For(LoopStatus status) =>
        status switch
        {
            LoopStatus.Running or LoopStatus.Queued or LoopStatus.Verified => Verified,
            LoopStatus.Waiting or LoopStatus.Paused => WaitingForPerson,
            LoopStatus.BudgetExhausted => BudgetExhausted,
            LoopStatus.Stuck => Stuck,
            LoopStatus.Cancelled => Cancelled,
            LoopStatus.GateUnavailable => GateUnavailable,
            LoopStatus.Unavailable or LoopStatus.Parked => Unavailable,
            LoopStatus.Rejected => BadInput,
            _ => InternalError,
        };
}
