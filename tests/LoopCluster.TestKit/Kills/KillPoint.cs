namespace LoopCluster.TestKit.Kills;

/// <summary>A write of ledger or audit log, as the fault host's <c>--kill</c> takes it.</summary>
/// <param name="When"><c>before</c> or <c>after</c>.</param>
internal sealed record KillPoint(int Number, string When)
{
    public override string ToString() => $"{When}:{Number}";
}
