namespace LoopCluster.Grains.Endpoints;

/// <summary>How silos share the concurrency of a model endpoint.</summary>
public sealed class EndpointSharingOptions
{
    public const string Section = "LoopCluster:Endpoints";

    /// <summary>
    /// Time a share is good for without being renewed. Longer than the detection of a silo's death, or a dead silo stops the others' model
    /// calls. Default: 8 s.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Time between renewals while an endpoint is used. Default: 2 s.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Time between renewals while requests wait because the share is too small. Default: 0.25 s.</summary>
    public TimeSpan WaitingPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Time without a request after which a share is returned. Default: 10 s.</summary>
    public TimeSpan IdleAfter { get; set; } = TimeSpan.FromSeconds(10);
}
