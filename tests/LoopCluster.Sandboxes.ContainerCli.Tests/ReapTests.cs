using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.ContainerCli.Tests;

[Trait("Category", "Docker")]
public sealed class ReapTests() : ReapContract(LiveEngine.Rig);
