namespace LoopCluster.Engine.Loops;

/// <summary>The fold of a loop's ledger.</summary>
public sealed partial record LoopState
{
    public required LoopId Id { get; init; }
}
