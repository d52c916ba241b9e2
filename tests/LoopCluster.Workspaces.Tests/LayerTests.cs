using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Layers;

namespace LoopCluster.Workspaces.Tests;

public sealed class LayerTests : WorkspaceTest
{
    private LayerDirectory Layers => new(Bench.Blobs, Path.Combine(Bench.Data, "prepared"));

    [Theory]
    [InlineData("mkfifo d/p", "d/p (a device, pipe or socket)")]
    [InlineData("mkdir only; mkfifo only/p", "only/p (a device, pipe or socket)")]
    [InlineData("mkfifo top", "top (a device, pipe or socket)")]
    [InlineData("mkfifo src/p", "src/p (a device, pipe or socket)")]
    [InlineData("python3 -c \"import socket; socket.socket(1).bind('d/s')\"", "d/s (a device, pipe or socket)")]
    [InlineData("printf x > \"$(printf 'a\\377b')\"", "(a name that is not UTF-8)")]
    [InlineData("printf x > \"$(printf 'top\\nlevel')\"", "top\\x0alevel (a control character in the name)")]
    [InlineData("printf x > \"$(printf 'd/\\302\\205')\"", "d/\\x85 (a control character in the name)")]
    [InlineData("mkdir \"$(printf 'esc\\033')\"; : > \"$(printf 'esc\\033')/f\"", "esc\\x1b (a control character in the name)")]
    [InlineData("ln -s \"$(printf '\\377')\" d/l", "d/l (a link whose target is not UTF-8)")]
    [InlineData("truncate -s 1T d/huge", "d/huge (sparse: 1099511627776 bytes")]
    [InlineData("truncate -s 100M d/holes", "d/holes (sparse: 104857600 bytes")]
    [InlineData("p=d; for i in $(seq 300); do p=$p/e; done; mkdir -p $p; : > $p/f", "nested deeper than 200 directories")]
    [InlineData(
        "p=d; n=$(printf 'x%.0s' $(seq 200)); for i in $(seq 19); do p=$p/$n; done; mkdir -p $p; : > $p/$n",
        "a path of more than 4000 bytes"
    )]
    [InlineData("for i in $(seq 65); do : > n$i; done", "more than 64 new paths")]
    public async Task NewFiles_SomethingThatCannotBeKept_IsNamedAndNothingIsOpened(string command, string fault)
    {
        var (start, _) = await Bench.StartAsync(("a.txt", "one\n"), ("src/b.txt", "two\n"));
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default);
        WorkspaceBench.Shell(room.Directory, "mkdir d; echo x > d/x; " + command);

        room.NewFiles(default).Faults[0].ShouldContain(fault);
    }

    [Fact]
    public async Task NewFiles_MoreThanTheLimits_StopsLooking()
    {
        var (start, _) = await Bench.StartAsync(("a.txt", "one\n"));
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default);
        WorkspaceBench.Shell(room.Directory, "mkdir d; for i in $(seq 50); do echo 123456789 > d/$i; done");
        Make(new LayerLimits { Entries = 20 }).Faults.ShouldBe(["more than 20 files and directories"]);
        Make(new LayerLimits { Bytes = 200 }).Faults.ShouldBe(["more than 200 bytes"]);
        Make(new LayerLimits()).ShouldSatisfyAllConditions(f => f.Faults.ShouldBeEmpty(), f => f.Paths.ShouldBe(["a.txt", "d"]));
        Should.Throw<OperationCanceledException>(() => Make(new LayerLimits(), new CancellationToken(canceled: true)));

        PreparedFiles Make(LayerLimits limits, CancellationToken cancellationToken = default)
        {
            using var root = Folder.OpenHost(room.Directory);
            return LayerSurvey.Make(root, TreeListing.Empty, limits, cancellationToken);
        }
    }

    [Fact]
    public async Task KeepAsync_LockedSetuidAndHardLinkedFiles_BecomePlainFilesWithTheirTimes()
    {
        var (start, layer) = await KeepAsync(
            "mkdir -p build/locked; echo s > build/suid; chmod 4755 build/suid; echo l > build/locked/f; chmod 000 build/locked/f build/locked; "
                + "echo h > build/h1; ln build/h1 build/h2; ln -s /etc/passwd build/out; touch -d 2001-02-03T04:05:06Z build/h1; touch -d 2100-01-01 build/future; mkdir build/empty; "
                + "touch -d 2002-02-03T04:05:06Z build"
        );

        start.ShouldNotBeNull();
        WorkspaceBench
            .Shell(layer.Directory, "cd build; stat -c '%n %a %h %F' *")
            .ShouldBe(
                "empty 755 2 directory\nfuture 644 1 regular empty file\nh1 644 1 regular file\nh2 644 1 regular file\nlocked 755 2 directory\nout 777 1 symbolic link\nsuid 755 1 regular file\n"
            );
        File.GetLastWriteTimeUtc(Path.Combine(layer.Directory, "build/h1")).ShouldBe(new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Directory.GetLastWriteTimeUtc(Path.Combine(layer.Directory, "build")).ShouldBe(new DateTime(2002, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.GetLastWriteTimeUtc(Path.Combine(layer.Directory, "build/future")).ShouldBeLessThan(DateTime.UtcNow);
        Directory.GetFileSystemEntries(Path.Combine(Bench.Data, "prepared"), ".*").ShouldBeEmpty("nothing half made is left");
    }

    [Fact]
    public async Task KeepAsync_SameKeyWithOtherContent_KeepsBothAsTheirLedgersNameThem()
    {
        var (_, first) = await KeepAsync("mkdir d; echo one > d/f");
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, (await Bench.ImportAsync(Spec)).Tree, default);
        WorkspaceBench.Shell(room.Directory, "mkdir d; echo two > d/f");

        var second = Layers.FilesOf(await Layers.KeepAsync("key", room.Directory, ["d"], default));

        File.ReadAllText(Path.Combine(first.Directory, "d/f")).ShouldBe("one\n");
        File.ReadAllText(Path.Combine(second.Directory, "d/f")).ShouldBe("two\n");
    }

    [Theory]
    [InlineData("echo evil > build/f; echo new > build/new; mkdir build/.vite-temp; rm build/sub/g")]
    [InlineData("rm -rf build tool link")]
    [InlineData("rm -rf build tool; ln -s VICTIM build; ln -s VICTIM/x tool")]
    [InlineData("mv build/sub build/bus; mkdir build/sub; ln -s VICTIM/x build/sub/g")]
    [InlineData("rm -rf build/sub; ln -s VICTIM build/sub; rm link; mkdir link; echo x > link/x")]
    [InlineData("chmod 000 build/f build/sub build; chmod 4777 tool")]
    [InlineData("ln build/f build/f2; rm tool; mkfifo tool")]
    [InlineData("mv build/f x; mv build/sub/g build/f; mv x build/sub/g")]
    [InlineData("touch -r build/f t; printf '2' > build/f; touch -r t build/f; rm t")]
    public async Task PlaceAsync_WhateverACallDid_PutsTheLayerBackAndTouchesNothingElse(string command)
    {
        var victim = Bench.NewFolder("victim");
        await File.WriteAllTextAsync(Path.Combine(victim, "x"), "host data");
        var (_, layer) = await KeepAsync(
            "mkdir -p build/sub; printf 1 > build/f; printf g > build/sub/g; printf t > tool; ln -s build/f link"
        );
        var workspace = await Bench.OpenAsync((await Bench.ImportAsync(Spec)).Commit);
        await workspace.PlaceAsync(layer, default);
        var before = Listing(workspace.Directory);
        WorkspaceBench.Shell(workspace.Directory, command.Replace("VICTIM", victim, StringComparison.Ordinal));

        await workspace.PlaceAsync(layer, default);

        Listing(workspace.Directory).ShouldBe(before);
        WorkspaceBench.Shell(victim, "ls -A; cat x").ShouldBe("x\nhost data");
        (await Bench.CommitAsync(workspace, [.. layer.Paths])).ShouldBeNull("nothing of it enters a commit");
        File.ReadAllText(Path.Combine(layer.Directory, "build/f")).ShouldBe("1");
    }

    [Fact]
    public async Task PlaceAsync_NothingTouched_CopiesNothingAgain()
    {
        var (_, layer) = await KeepAsync("mkdir -p build; printf 1 > build/f; printf 2 > build/g");
        var workspace = await Bench.OpenAsync((await Bench.ImportAsync(Spec)).Commit);
        await workspace.PlaceAsync(layer, default);
        var inodes = WorkspaceBench.Shell(workspace.Directory, "stat -c %i build/f build/g");
        WorkspaceBench.Shell(workspace.Directory, "echo x > build/new");

        await workspace.PlaceAsync(layer, default);

        WorkspaceBench.Shell(workspace.Directory, "stat -c %i build/f build/g; ls build").ShouldBe(inodes + "f\ng\n");
    }

    [Fact]
    public async Task PlaceAsync_AFileOrLinkWhereADirectoryWas_IsToldByTheRoomAndNotFollowed()
    {
        var victim = Bench.NewFolder("victim");
        var (start, layer) = await KeepAsync("mkdir src/gen; echo g > src/gen/f");
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default);
        WorkspaceBench.Shell(room.Directory, $"rm -rf src; ln -s {victim} src");

        (await room.PlaceAsync(layer, default)).ShouldBe(["src/gen"]);

        Directory.GetFileSystemEntries(victim).ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_PathsOfTheLayer_CanBeReadButNotWrittenAndDoNotFillAListing()
    {
        var (_, layer) = await KeepAsync("mkdir -p build/sub; printf 1 > build/sub/f");
        var workspace = await Bench.OpenAsync((await Bench.ImportAsync(Spec)).Commit);
        await workspace.PlaceAsync(layer, default);

        workspace.Files.Read("build/sub/f", 10).ShouldBe("1"u8.ToArray());
        workspace.Files.List("", recursive: true, 100).ShouldBe(["a.txt", "src/b.txt"]);
        workspace.Files.List("build", recursive: true, 100).ShouldBe(["build/sub/f"]);
        Should.Throw<WorkspaceFileException>(() => workspace.Files.Write("build/sub/f", "2"u8)).Message.ShouldContain("'prepare' made");
    }

    [Fact]
    public async Task Files_OfTheBase_AreOlderThanWhatPrepareMadeAndChangedOnesNewer()
    {
        const string Makefile = "all: out/a out/b\nout/%: src/%\n\t@mkdir -p out; cp $< $@; echo made $@\n";
        var files = new Dictionary<string, string>
        {
            ["Makefile"] = Makefile,
            ["src/a"] = "one\n",
            ["src/b"] = "two\n",
        };
        var start = await Bench.ImportAsync(new LoopCluster.Engine.Specs.WorkspaceSpec { Files = files });
        LayerFiles layer;
        await using (var first = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default))
        {
            WorkspaceBench.Shell(first.Directory, "make").ShouldBe("made out/a\nmade out/b\n");
            layer = Layers.FilesOf(await Layers.KeepAsync("make", first.Directory, first.NewFiles(default).Paths, default));
        }

        var workspace = await Bench.OpenAsync(start.Commit);
        await workspace.PlaceAsync(layer, default);
        WorkspaceBench.Shell(workspace.Directory, "make").ShouldContain("Nothing to be done");
        workspace.Files.Write("src/b", "three\n"u8);
        WorkspaceBench.Shell(workspace.Directory, "make").ShouldBe("made out/b\n");
        var committed = (await Bench.CommitAsync(workspace, [.. layer.Paths])).ShouldNotBeNull();

        await using var same = await Bench.Workspaces.CheckoutAsync(
            WorkspaceBench.Loop,
            start.Tree,
            start.Tree,
            new GateGuard([]),
            layer,
            default
        );
        await using var room = await Bench.Workspaces.CheckoutAsync(
            WorkspaceBench.Loop,
            committed.Tree,
            start.Tree,
            new GateGuard([]),
            layer,
            default
        );

        WorkspaceBench.Shell(same.Directory, "make").ShouldContain("Nothing to be done");
        WorkspaceBench.Shell(room.Directory, "make; cat out/b").ShouldBe("made out/b\nthree\n");
        await workspace.ResetAsync(start.Commit, default);
        await workspace.PlaceAsync(layer, default);
        WorkspaceBench.Shell(workspace.Directory, "make").ShouldContain("Nothing to be done");
        await workspace.ResetAsync(committed.Commit, default);
        await workspace.PlaceAsync(layer, default);
        WorkspaceBench.Shell(workspace.Directory, "make").ShouldBe("made out/b\n");
    }

    private static LoopCluster.Engine.Specs.WorkspaceSpec Spec =>
        new()
        {
            Files = new Dictionary<string, string> { ["a.txt"] = "one\n", ["src/b.txt"] = "two\n" },
        };

    private static string Listing(string directory) =>
        WorkspaceBench.Shell(directory, "find . -printf '%P %y %m %U %l\n' | sort; find . -type f | sort | xargs cat");

    private async Task<(BaseSnapshot Start, LayerFiles Layer)> KeepAsync(string command)
    {
        var start = await Bench.ImportAsync(Spec);
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, start.Tree, default);
        WorkspaceBench.Shell(room.Directory, command);
        var found = room.NewFiles(default);
        found.Faults.ShouldBeEmpty();
        return (start, Layers.FilesOf(await Layers.KeepAsync("key", room.Directory, found.Paths, default)));
    }
}
