using LoopCluster.TestKit.Sandboxes.Escapes;

namespace LoopCluster.Sandboxes.ContainerCli.Tests;

[Trait("Category", "Docker")]
public sealed class EscapeTests() : EscapeContract(LiveEngine.Rig);
