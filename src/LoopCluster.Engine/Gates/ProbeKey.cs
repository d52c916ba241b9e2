using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Gates;

/// <summary>Names one test of a gate.</summary>
/// <param name="Run">1, and more for the parts of a change in turn.</param>
public readonly record struct ProbeKey(string Gate, GatePhase Phase, int Run);
