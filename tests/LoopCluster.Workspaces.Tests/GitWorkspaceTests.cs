using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Workspaces.Tests;

public sealed class GitWorkspaceTests : WorkspaceTest
{
    [Fact]
    public async Task CommitAsync_OneFileChanged_NamesItAndItsBytes()
    {
        var (start, workspace) = await Bench.StartAsync(("a.txt", "one\n"), ("src/b.txt", "two\n"));

        workspace.Files.Write("src/b.txt", "two\nthree\n"u8);
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        committed.Parent.ShouldBe(start.Commit);
        committed.Changed.ShouldBe(["src/b.txt"]);
        committed.Files.ShouldBe(1);
        committed.Lines.ShouldBe(1);
        committed.Refused.ShouldBeEmpty();
        Bench.Blob(committed.Commit, "src/b.txt").ShouldBe("two\nthree\n"u8.ToArray());
        Bench.Git("fsck", "--strict", committed.Commit).ShouldBe("");
    }

    [Fact]
    public async Task CommitAsync_NothingChanged_ReturnsNull()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"));

        (await Bench.CommitAsync(workspace)).ShouldBeNull();
        workspace.Files.Write("a.txt", "one\n"u8);
        (await Bench.CommitAsync(workspace)).ShouldBeNull();
    }

    [Fact]
    public async Task CommitAsync_AddedRemovedRenamedAndModeChanged_CountsAgainstTheBase()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "1\n2\n"), ("b.sh", "echo\n"), ("c/d.txt", "x\n"));

        WorkspaceBench.Shell(workspace.Directory, "rm a.txt; chmod +x b.sh; mv c e; ln -s e/d.txt link; mkdir empty");
        var first = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();
        workspace.Files.Write("later.txt", "1\n"u8);
        var second = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        first.Changed.ShouldBe(["a.txt", "b.sh", "c/d.txt", "e/d.txt", "link"]);
        first.Lines.ShouldBe(5);
        second.Parent.ShouldBe(first.Commit);
        second.Files.ShouldBe(6);
        second.Lines.ShouldBe(6);
        Bench
            .Git("ls-tree", "-r", second.Commit)
            .Split('\n')
            .Select(l => l.Split(' ')[0])
            .ShouldBe(["100755", "100644", "100644", "120000", ""], ignoreOrder: true);
    }

    [Fact]
    public async Task OpenAsync_RepositoryAndDirectoryGone_RebuildsFromPacks()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"));
        workspace.Files.Write("b.txt", "two\n"u8);
        await Bench.CommitAsync(workspace);
        workspace.Files.Write("c.txt", "three\n"u8);
        var last = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();
        Directory.Delete(Path.Combine(Bench.Data, "repos"), recursive: true);
        Directory.Delete(Path.Combine(Bench.Data, "work"), recursive: true);

        Bench.NewProcess();
        var again = await Bench.OpenAsync(last.Commit);

        again.Files.List("", recursive: true, 10).ShouldBe(["a.txt", "b.txt", "c.txt"]);
        again.Files.Write("d.txt", "four\n"u8);
        var next = (await Bench.CommitAsync(again)).ShouldNotBeNull();
        next.Changed.ShouldBe(["b.txt", "c.txt", "d.txt"]);
        next.Parent.ShouldBe(last.Commit);
    }

    [Fact]
    public async Task CommitAsync_RepositoryTornUnderneath_RebuildsItAndCommits()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"));
        WorkspaceBench.Shell(Bench.Repository, "find objects -type f | while read f; do chmod u+w $f; : > $f; done");

        workspace.Files.Write("a.txt", "two\n"u8);
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        Bench.Blob(committed.Commit, "a.txt").ShouldBe("two\n"u8.ToArray());
        Bench.Git("fsck", "--full").ShouldBe("dangling commit " + committed.Commit + "\n");
    }

    [Fact]
    public async Task ResetAsync_AfterWildChanges_RestoresExactlyTheCommitInTheSameDirectory()
    {
        var (start, workspace) = await Bench.StartAsync(("a.txt", "one\n"), ("d/e/f.txt", "two\n"), ("run.sh", "#!/bin/sh\n"));
        var before = WorkspaceBench.Shell(
            workspace.Directory,
            "stat -c %i . ; find . -type f -printf '%p %m %u\n' | sort; cat a.txt d/e/f.txt run.sh"
        );

        WorkspaceBench.Shell(
            workspace.Directory,
            "ln d/e/f.txt hard; rm a.txt; mkfifo a.txt; chmod 000 d/e; rm -rf run.sh; ln -s /etc run.sh; mkdir -p x/.git/y; touch x/z; chmod 000 x; p=.; for i in $(seq 90); do p=$p/deep; done; mkdir -p $p; chmod 7777 ."
        );
        await workspace.ResetAsync(start.Commit, default);

        WorkspaceBench
            .Shell(workspace.Directory, "stat -c %i . ; find . -type f -printf '%p %m %u\n' | sort; cat a.txt d/e/f.txt run.sh")
            .ShouldBe(before);
        WorkspaceBench.Shell(workspace.Directory, "find . | wc -l").Trim().ShouldBe("6");
        (await Bench.CommitAsync(workspace)).ShouldBeNull();
    }

    [Fact]
    public async Task CommitAsync_PermissionsTakenAway_ReadsAllTheSame()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"), ("d/b.txt", "two\n"));
        WorkspaceBench.Shell(workspace.Directory, "echo 2 > a.txt; echo 3 > d/b.txt; chmod 000 a.txt d/b.txt d");

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        committed.Refused.ShouldBeEmpty();
        Bench.Blob(committed.Commit, "a.txt").ShouldBe("2\n"u8.ToArray());
        Bench.Blob(committed.Commit, "d/b.txt").ShouldBe("3\n"u8.ToArray());
    }

    [Fact]
    public async Task CommitAsync_PathsOfThePreparedLayer_AreLeftOutAndKeptByReset()
    {
        var (start, workspace) = await Bench.StartAsync(("a.txt", "one\n"));
        WorkspaceBench.Shell(workspace.Directory, "mkdir -p node_modules vendor; echo x > vendor/f; : > lock; echo two > a.txt");

        var committed = (await Bench.CommitAsync(workspace, "node_modules", "lock", "vendor/")).ShouldNotBeNull();
        await workspace.ResetAsync(start.Commit, default);

        committed.Changed.ShouldBe(["a.txt"]);
        WorkspaceBench.Shell(workspace.Directory, "find . | sort").ShouldBe(".\n./a.txt\n./lock\n./node_modules\n./vendor\n./vendor/f\n");
    }

    [Fact]
    public async Task CommitAsync_ManyLoopsAtOnce_EachHasItsOwnHistory()
    {
        var commits = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async i =>
                {
                    var loop = new Engine.Loops.LoopId($"many-{i}");
                    var start = await Bench.Workspaces.ImportAsync(
                        loop,
                        new WorkspaceSpec { Files = new Dictionary<string, string> { ["a"] = "1" } },
                        default
                    );
                    await using var workspace = await Bench.Workspaces.OpenAsync(loop, start.Commit, [start.Pack], default);
                    workspace.Files.Write("b", System.Text.Encoding.UTF8.GetBytes($"{i}"));
                    return (start.Commit, Next: (await workspace.CommitAsync("step", [], default)).ShouldNotBeNull());
                })
        );

        commits.Select(c => c.Commit).Distinct().Count().ShouldBe(1);
        commits.Select(c => c.Next.Tree).Distinct().Count().ShouldBe(12);
        Directory.GetFileSystemEntries(Path.Combine(Bench.Data, "work")).ShouldBeEmpty();
    }

    [Fact]
    public async Task OpenAsync_AForkWithItsParentsPacks_StartsAtTheParentsCommit()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"));
        workspace.Files.Write("a.txt", "two\n"u8);
        var last = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        await using var fork = await Bench.Workspaces.OpenAsync(new("fork-1"), last.Commit, Bench.Packs, default);

        fork.Files.Read("a.txt", 100).ShouldBe("two\n"u8.ToArray());
        fork.Directory.ShouldNotBe(workspace.Directory);
    }

    [Fact]
    public async Task DiffAsync_TwoTrees_IsAPatchThatGitApplies()
    {
        var (start, workspace) = await Bench.StartAsync(("a.txt", "one\n"), (".gitattributes", "*.txt -diff binary\n"));
        workspace.Files.Write("a.txt", "two\n"u8);
        workspace.Files.Write("b.bin", [0, 255, 1, 2]);
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        var diff = await Bench.Workspaces.DiffAsync(WorkspaceBench.Loop, start.Tree, committed.Tree, default);

        var copy = Bench.NewFolder("copy");
        await File.WriteAllTextAsync(Path.Combine(copy, "a.txt"), "one\n");
        await File.WriteAllBytesAsync(Path.Combine(Bench.Root, "p.patch"), diff.ToArray());
        WorkspaceBench.Run(copy, "git", "apply", Path.Combine(Bench.Root, "p.patch"));
        (await File.ReadAllBytesAsync(Path.Combine(copy, "b.bin"))).ShouldBe([0, 255, 1, 2]);
        System.Text.Encoding.UTF8.GetString(diff.Span).ShouldContain("-one\n+two\n");
    }

    /// <summary>More than a pipe holds: git must not wait for somebody to read what nobody wants.</summary>
    [Fact]
    public async Task ReadFileAsync_MuchLongerThanAllowed_IsNoneAndTheNextIsRead()
    {
        var (start, _) = await Bench.StartAsync(("long.txt", new string('x', 400_000)), ("short.txt", "short"));

        (await Bench.Workspaces.ReadFileAsync(WorkspaceBench.Loop, start.Tree, "long.txt", 1000, default)).ShouldBeNull();
        var texts = await Bench.Workspaces.ReadFilesAsync(
            WorkspaceBench.Loop,
            start.Tree,
            ["long.txt", "missing.txt", "short.txt"],
            1000,
            default
        );

        texts.ShouldHaveSingleItem().ShouldBe(new KeyValuePair<string, string>("short.txt", "short"));
    }

    [Fact]
    public async Task ReadFileAsync_FileLinkMissingAndLong_OnlyTheFile()
    {
        var (_, workspace) = await Bench.StartAsync((".agent/RULES.md", "rules"));
        WorkspaceBench.Shell(workspace.Directory, "ln -s .agent/RULES.md link");
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        (await Read(".agent/RULES.md", 5)).ShouldBe("rules");
        (await Read(".agent/RULES.md", 4)).ShouldBeNull();
        (await Read("link", 100)).ShouldBeNull();
        (await Read(".agent", 100)).ShouldBeNull();
        (await Read("none", 100)).ShouldBeNull();

        ValueTask<string?> Read(string path, int limit) =>
            Bench.Workspaces.ReadFileAsync(WorkspaceBench.Loop, committed.Tree, path, limit, default);
    }

    [Fact]
    public void AddLoopWorkspaces_Twice_RegistersOnce()
    {
        var services = new ServiceCollection();
        services.AddLoopWorkspaces(o => o.Directory = "/data").AddLoopWorkspaces();
        services.Count(s => s.ServiceType == typeof(IWorkspaces)).ShouldBe(1);
    }
}
