using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

[Trait("Category", "Docker")]
public sealed class OrphanTests() : OrphanContract(LiveEngine.Rig);
