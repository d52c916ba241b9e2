namespace LoopCluster.Workspaces.Tests;

public sealed class CheckoutTests : WorkspaceTest
{
    [Fact]
    public async Task NewFilesAndChangedPaths_AfterACommandRan_TellWhatItDid()
    {
        var (start, _) = await Bench.StartAsync(("a.txt", "one\n"), ("src/b.txt", "two\n"), ("src/c.txt", "3\n"), ("gone.txt", "x"));
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default);
        room.NewFiles(default).Paths.ShouldBeEmpty();
        room.ChangedPaths(10, default).ShouldBeEmpty();

        WorkspaceBench.Shell(
            room.Directory,
            "mkdir -p node_modules/x/y vendor/empty src/gen; touch node_modules/x/y/z src/gen/f src/new; ln -s a link; echo x > src/b.txt; chmod +x src/c.txt; rm gone.txt; mkdir gone.txt; touch gone.txt/f"
        );

        room.NewFiles(default).Paths.ShouldBe(["link", "node_modules", "src/gen", "src/new"]);
        room.ChangedPaths(10, default).ShouldBe(["gone.txt", "src/b.txt", "src/c.txt"]);
    }

    [Fact]
    public async Task CheckoutAsync_AsRoot_BelongsToTheSandboxUser()
    {
        var (start, workspace) = await Bench.StartAsync(("src/b.txt", "two\n"), ("run", "#!/bin/sh\n"));
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default);
        var user = WorkspaceBench.Shell("/", "id -u").Trim() is "0"
            ? "65532:65532"
            : WorkspaceBench.Shell("/", "echo $(id -u):$(id -g)").Trim();

        foreach (var directory in new[] { room.Directory, workspace.Directory })
        {
            WorkspaceBench
                .Shell(directory, "find . -printf '%U:%G %m %p\n' | sort")
                .ShouldBe($"{user} 644 ./src/b.txt\n{user} 755 .\n{user} 755 ./run\n{user} 755 ./src\n");
        }

        WorkspaceBench.Shell(Bench.Data, "stat -c %a repos work").ShouldBe("700\n700\n");
    }

    [Fact]
    public async Task DisposeAsync_WhateverIsInside_RemovesTheDirectory()
    {
        var (start, _) = await Bench.StartAsync(("a.txt", "one\n"));
        var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default);
        WorkspaceBench.Shell(
            room.Directory,
            "mkdir locked; touch locked/f; chmod 000 locked; p=.; for i in $(seq 500); do p=$p/ddddddd; done; mkdir -p $p; ln -s / root"
        );

        await room.DisposeAsync();

        Directory.Exists(room.Directory).ShouldBeFalse();
        Directory.GetFileSystemEntries(Path.GetDirectoryName(room.Directory)!).ShouldHaveSingleItem().ShouldEndWith("/tree");
    }
}
