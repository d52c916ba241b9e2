using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.Cli;

[Trait("Category", "Docker")]
public sealed class ReapTests() : ReapContract(LiveEngine.Rig);
