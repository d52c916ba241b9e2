using LoopCluster.TestKit.Sandboxes.Escapes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

[Trait("Category", "Docker")]
public sealed class EscapeTests() : EscapeContract(LiveEngine.Rig);
