namespace LoopCluster.TestKit.Kills;

/// <summary>
/// A loop each of whose commands takes a moment and leaves a trace half-way, so that it can be killed in the middle of any of them.
/// </summary>
internal static class SlowScenario
{
    public const string Prepare = "mkdir -p .deps && echo half > .deps/dep.txt && sleep 1.5 && echo dep > .deps/dep.txt";
    public const string Gate = "sleep 1.5 && grep -q dep .deps/dep.txt && grep -q whole half.txt";
    public const string Tool = "test ! -e half.txt && echo half > half.txt && sleep 1.5 && echo whole > half.txt";

    public static object Spec(IReadOnlyList<string>? egress = null) =>
        new
        {
            goal = "Make it whole.",
            workspace = new { files = new Dictionary<string, string> { ["README.md"] = "# whole\n" } },
            model = new { script = new Script().Shell(Tool).Done().ToJson() },
            prepare = new { run = Prepare },
            gates = new[] { new { name = "whole", run = Gate } },
            sandbox = new
            {
                memory = "64m",
                timeout = "60s",
                egress = egress ?? [],
            },
        };
}
