namespace LoopCluster.Engine.Routing;

/// <summary>Models of one worth, any of which may answer: the first that can be had is asked.</summary>
/// <param name="Models">Keys of <see cref="Events.LoopCreated.Models"/>, in a spec of <see cref="Specs.LoopSpec.Models"/>.</param>
public sealed record ModelTier(string Name, IReadOnlyList<string> Models);
