using LoopCluster.TestKit.Sandboxes.Escapes;

namespace LoopCluster.Sandboxes.Docker.Tests;

[Trait("Category", "Docker")]
public sealed class EscapeTests() : EscapeContract(LiveEngine.Rig);
