using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Docker.Tests;

[Trait("Category", "Docker")]
public sealed class EgressTests() : EgressContract(LiveEngine.Rig);
