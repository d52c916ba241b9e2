namespace LoopCluster.TestKit.Kills;

/// <summary>
/// A loop of more than twenty steps: reads, edits, notes, shell calls that each leave a line in <c>count.txt</c>, an attempt that fails its
/// gate, and a fix. A call that took effect twice would show in the tree.
/// </summary>
internal static class KillScenario
{
    public static object Spec() =>
        new
        {
            goal = "Make both values good.",
            workspace = new
            {
                files = new Dictionary<string, string>
                {
                    ["README.md"] = "# values\n",
                    ["count.txt"] = "zero\n",
                    ["src/value.txt"] = "start\n",
                    ["tests/check.txt"] = "good\n",
                },
            },
            model = new { script = Script().ToJson() },
            gates = new object[]
            {
                new
                {
                    name = "readme",
                    run = "test -f README.md",
                    baseline = "pass",
                },
                new
                {
                    name = "values",
                    run = "cat src/value.txt && grep -q good src/value.txt && grep -q good src/other.txt",
                    protect = new[] { "tests/**" },
                    timeout = "60s",
                },
            },
            sandbox = new { memory = "64m", timeout = "60s" },
        };

    private static Script Script() =>
        new Script()
            .Call("list_files", new { })
            .Call("read_file", new { path = "src/value.txt" })
            .Call("note", new { text = "value.txt holds the value" })
            .Shell("echo one >> count.txt")
            .Write("src/value.txt", "bad\n")
            .Call("search", new { pattern = "bad" })
            .Reply([("shell", new { command = "echo two >> count.txt" }), ("read_file", new { path = "count.txt" })])
            .Call(
                "edit_file",
                new
                {
                    path = "README.md",
                    old = "# values",
                    @new = "# Values",
                }
            )
            .Done("first attempt")
            .Call("read_file", new { path = "src/value.txt" })
            .Shell("echo three >> count.txt")
            .Write("src/value.txt", "good\n")
            .Call("no_such_tool", new { })
            .Call(
                "edit_file",
                new
                {
                    path = "README.md",
                    old = "# Values",
                    @new = "# Values, mended",
                }
            )
            .Shell("cat count.txt")
            .Write("tests/check.txt", "bad\n")
            .Shell("mkdir -p src && echo good > src/other.txt")
            .Call("note", new { text = "both are good now" })
            .Call("list_files", new { path = "src" })
            .Shell("echo four >> count.txt && cat count.txt")
            .Call(
                "read_file",
                new
                {
                    path = "count.txt",
                    start = 1,
                    end = 3,
                }
            )
            .Say("finished");
}
