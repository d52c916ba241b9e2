namespace LoopCluster.Client.Requests;

/// <summary>In characters.</summary>
public static class RequestLimits
{
    public const int Reason = 4 * 1024;

    public const int Text = 64 * 1024;
}
