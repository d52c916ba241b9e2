using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

[Trait("Category", "Docker")]
public sealed class ReapTests() : ReapContract(LiveEngine.Rig);
