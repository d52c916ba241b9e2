using LoopCluster.TestKit.Sandboxes.Escapes;

namespace LoopCluster.Sandboxes.Tests.Cli;

[Trait("Category", "Docker")]
public sealed class EscapeTests() : EscapeContract(LiveEngine.Rig);
