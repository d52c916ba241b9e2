namespace LoopCluster.FaultTests.Support;

/// <summary>A host that loops are killed on.</summary>
/// <param name="Program">Assembly of the host's program, which lies beside the tests.</param>
/// <param name="NewData">A store of its own for each loop.</param>
internal sealed record FaultTarget(string Program, Func<FaultData> NewData)
{
    /// <summary>One process over one data directory.</summary>
    public static FaultTarget Local { get; } = new("loop-faulthost.dll", () => new FaultData());

    public LoopCase NewCase(object spec, bool containers) => new(spec, containers, this);
}
