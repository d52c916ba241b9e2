namespace LoopCluster.TestKit.Kills;

/// <summary>A host that loops are killed on.</summary>
/// <param name="NewData">A store of its own for each loop.</param>
internal sealed record FaultTarget(Func<FaultData> NewData)
{
    /// <summary>One process over one data directory.</summary>
    public static FaultTarget Local { get; } = new(() => new FaultData());

    public LoopCase NewCase(object spec, bool containers) => new(spec, containers, this);
}
