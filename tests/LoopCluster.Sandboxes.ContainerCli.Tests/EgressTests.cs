using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.ContainerCli.Tests;

[Trait("Category", "Docker")]
public sealed class EgressTests() : EgressContract(LiveEngine.Rig);
