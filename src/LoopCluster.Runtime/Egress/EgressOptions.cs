namespace LoopCluster.Runtime.Egress;

/// <summary>What the operator opens to specs that came over the network, bound from <c>LoopCluster:Egress</c>.</summary>
public sealed class EgressOptions
{
    public const string Section = "LoopCluster:Egress";

    /// <summary>
    /// Destinations inside that <c>sandbox.egress</c> and <c>prepare.allow</c> of such a spec may reach: <c>name:port</c>,
    /// <c>address:port</c>, or a network (<c>10.1.0.0/16</c> for every port, <c>10.1.0.0/16:443</c> for one, <c>[fd00:1::/32]:443</c>).
    /// Default: none.
    /// </summary>
    public IReadOnlyList<string> AllowedPrivateHosts { get; set; } = [];
}
