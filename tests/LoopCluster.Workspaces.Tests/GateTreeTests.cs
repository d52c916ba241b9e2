using LoopCluster.Engine.Gates;

namespace LoopCluster.Workspaces.Tests;

public sealed class GateTreeTests : WorkspaceTest
{
    private static readonly (string, string)[] Files =
    [
        ("src/a.py", "a"),
        ("tests/unit/t.py", "t"),
        ("tests/data.txt", "d"),
        ("conftest.py", "c"),
        ("pkg/x.py", "x"),
        ("Makefile", "m"),
    ];

    [Theory]
    [InlineData("echo evil > tests/unit/t.py", "tests", "tests/unit/t.py")]
    [InlineData("rm tests/data.txt", "tests/", "tests/data.txt")]
    [InlineData("echo new > tests/unit/new.py; echo s > src/new.py", "tests/**", "tests/unit/new.py")]
    [InlineData("rm -r tests; ln -s src tests", "tests/**", "tests tests/data.txt tests/unit/t.py")]
    [InlineData("rm -r tests; ln -s src tests", "tests/unit/*.py", "tests tests/unit/t.py")]
    [InlineData("rm -r tests; echo x > tests", "tests/unit/t.py", "tests tests/unit/t.py")]
    [InlineData(
        "rm tests/unit/t.py; mkdir tests/unit/t.py; echo x > tests/unit/t.py/__init__.py",
        "**/*.py",
        "tests/unit/t.py tests/unit/t.py/__init__.py"
    )]
    [InlineData("rm tests/unit/t.py; ln -s ../../src/a.py tests/unit/t.py", "tests", "tests/unit/t.py")]
    [InlineData("chmod +x tests/unit/t.py", "tests", "tests/unit/t.py")]
    [InlineData("mkdir sub; echo evil > sub/conftest.py; echo evil > conftest.py", "**/conftest.py", "conftest.py sub/conftest.py")]
    [InlineData("rm Makefile; ln -s src/a.py Makefile", "{Makefile,*.mk}", "Makefile")]
    [InlineData("mkdir evil evil/tests; echo x > evil/tests/t.py; rm -r pkg; ln -s evil pkg", "pkg/tests/**", "pkg")]
    [InlineData("mkdir a; ln -s ../src a/tests", "*/tests/*.py", "a/tests")]
    [InlineData("echo ok > src/a.py; mkdir TESTS; echo x > TESTS/t.py", "tests", "")]
    public async Task BuildGateTreeAsync_ChangeUnderProtect_HasTheBasesFilesThere(string script, string protect, string restored)
    {
        var (start, workspace) = await Bench.StartAsync(Files);
        WorkspaceBench.Shell(workspace.Directory, script);
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        var gate = await Bench.Workspaces.BuildGateTreeAsync(
            WorkspaceBench.Loop,
            start.Tree,
            committed.Tree,
            new GateGuard([protect]),
            default
        );

        gate.Restored.ShouldBe(restored.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var diff = Bench
            .Git("diff-tree", "-r", "--name-only", committed.Tree, gate.Tree)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        diff.ShouldBe(gate.Restored);
        foreach (var path in gate.Restored)
        {
            Leaf(gate.Tree, path).ShouldBe(Leaf(start.Tree, path), path);
        }

        Bench.Git("fsck", "--strict", "--no-dangling", gate.Tree, committed.Commit).ShouldBe("");
    }

    /// <summary>A program that is too long to be looked at is none that is known to be a text.</summary>
    [Fact]
    public async Task BuildGateTreeAsync_Programs_SteerUnlessTheyAreShortTexts()
    {
        var (start, workspace) = await Bench.StartAsync(Files);
        WorkspaceBench.Shell(
            workspace.Directory,
            "printf '\\177ELF\\000' > tool; head -c 600000 /dev/zero | tr '\\000' a > long; printf '#!/bin/sh\\n' > text; chmod +x tool long text; cp tool plain; chmod -x plain"
        );
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        var gate = await Bench.Workspaces.BuildGateTreeAsync(
            WorkspaceBench.Loop,
            start.Tree,
            committed.Tree,
            new GateGuard([], new Protection(), reviews: true),
            default
        );

        gate.Steering.ShouldBe(["long", "tool"], ignoreOrder: true);
    }

    private string? Leaf(string tree, string path) =>
        Bench.Git("ls-tree", "-r", tree).Split('\n').SingleOrDefault(l => l.EndsWith($"\t{path}", StringComparison.Ordinal));

    [Fact]
    public async Task BuildGateTreeAsync_NothingProtectedTouched_IsTheChangeItself()
    {
        var (start, workspace) = await Bench.StartAsync(Files);
        workspace.Files.Write("src/a.py", "better"u8);
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        var gate = await Bench.Workspaces.BuildGateTreeAsync(
            WorkspaceBench.Loop,
            start.Tree,
            committed.Tree,
            new GateGuard(["tests", "**/conftest.py"]),
            default
        );

        gate.Tree.ShouldBe(committed.Tree);
        gate.Restored.ShouldBeEmpty();
    }

    [Fact]
    public async Task BuildGateTreeAsync_EverythingProtected_IsTheBase()
    {
        var (start, workspace) = await Bench.StartAsync(Files);
        WorkspaceBench.Shell(workspace.Directory, "rm -r *; ln -s / tests; echo x > src");
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        var gate = await Bench.Workspaces.BuildGateTreeAsync(
            WorkspaceBench.Loop,
            start.Tree,
            committed.Tree,
            new GateGuard(["**"]),
            default
        );

        gate.Tree.ShouldBe(start.Tree);
    }
}
