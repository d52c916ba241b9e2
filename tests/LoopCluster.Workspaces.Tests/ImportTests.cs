using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Workspaces.Tests;

public sealed class ImportTests : WorkspaceTest
{
    private string NewRepository(string script = "")
    {
        var path = Bench.NewFolder("user");
        WorkspaceBench.Shell(
            path,
            "git init -q -b main .; echo one > a.txt; mkdir d; echo two > d/b.txt; git add .; git commit -qm first; echo three > a.txt; git commit -qam second;"
                + script
        );
        return path;
    }

    [Fact]
    public async Task ImportAsync_LocalRepository_TakesTheRealCommitWithoutItsHistory()
    {
        var path = NewRepository();

        var start = await Bench.ImportAsync(new WorkspaceSpec { Path = path });
        var workspace = await Bench.OpenAsync(start.Commit);

        start.Commit.ShouldBe(WorkspaceBench.Run(path, "git", "rev-parse", "HEAD").Trim());
        start.Tree.ShouldBe(WorkspaceBench.Run(path, "git", "rev-parse", "HEAD^{tree}").Trim());
        workspace.Files.List("", true, 10).ShouldBe(["a.txt", "d/b.txt"]);
        Bench.Git("rev-list", "--count", start.Commit).Trim().ShouldBe("1");
    }

    [Fact]
    public async Task ImportAsync_RepositoryWithUncommittedWork_ReadsCommittedStateAndTouchesNothing()
    {
        var path = NewRepository("echo dirty > a.txt; echo untracked > u.txt; git add u.txt; git tag v1 HEAD~1");
        var before = WorkspaceBench.Shell(path, "find . -printf '%p %T@ %C@ %s\n' | sort");

        var start = await Bench.ImportAsync(new WorkspaceSpec { Path = path, Ref = "v1" });
        var workspace = await Bench.OpenAsync(start.Commit);

        workspace.Files.Read("a.txt", 100).ShouldBe("one\n"u8.ToArray());
        WorkspaceBench.Shell(path, "find . -printf '%p %T@ %C@ %s\n' | sort").ShouldBe(before);
    }

    [Theory]
    [InlineData("git branch loopcluster", "'loopcluster'")]
    [InlineData("git branch loopcluster; git pack-refs --all", "'loopcluster'")]
    [InlineData("echo junk > .git/refs/heads/loopcluster", "'loopcluster'")]
    [InlineData("git branch loopcluster/LOOP", "'loopcluster/LOOP'")]
    [InlineData("git branch loopcluster/LOOP/x", "'loopcluster/LOOP/x'")]
    public async Task ImportAsync_BranchStandsInTheWay_IsRefusedByName(string script, string named)
    {
        var path = NewRepository("\n" + script.Replace("LOOP", WorkspaceBench.Loop.Value, StringComparison.Ordinal));

        var refused = await Should.ThrowAsync<BadInputException>(async () => await Bench.ImportAsync(new WorkspaceSpec { Path = path }));

        refused.Code.ShouldBe("branch-in-the-way");
        refused.Message.ShouldContain(named.Replace("LOOP", WorkspaceBench.Loop.Value, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("git branch loopcluster2")]
    [InlineData("git branch loopcluster/another")]
    [InlineData("git tag loopcluster")]
    public async Task ImportAsync_BranchWithANameLikeOurs_IsNoneOfOurBusiness(string script) =>
        (await Bench.ImportAsync(new WorkspaceSpec { Path = NewRepository("\n" + script) })).Tree.ShouldNotBeEmpty();

    [Fact]
    public async Task ImportAsync_RepositoryWithTraps_RunsNone()
    {
        var canary = Path.Combine(Bench.Root, "canary");
        var path = NewRepository(
            $$"""
            printf '#!/bin/sh\ntouch {{canary}}\n' > ../trap; chmod +x ../trap
            echo '* filter=evil' > .gitattributes; git add .gitattributes; git commit -qm attributes
            for k in core.fsmonitor core.sshCommand core.alternateRefsCommand uploadpack.packObjectsHook filter.evil.smudge filter.evil.clean diff.external core.pager core.askPass credential.helper core.gitProxy remote.origin.uploadpack; do git config $k "$PWD/../trap"; done
            git config alias.rev-parse '!touch {{canary}}'; git config remote.origin.url 'ext::sh -c "touch {{canary}}"'; git config remote.origin.promisor true; git config extensions.partialClone origin; git config core.repositoryFormatVersion 1
            for h in post-checkout reference-transaction post-index-change pre-receive update post-receive; do cp ../trap .git/hooks/$h; done
            """
        );

        var start = await Bench.ImportAsync(new WorkspaceSpec { Path = path });
        var workspace = await Bench.OpenAsync(start.Commit);
        workspace.Files.Write("new.txt", "x"u8);
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();
        await Bench.Workspaces.DeliverAsync(WorkspaceBench.Loop, new WorkspaceSpec { Path = path }, Delivery(start, committed), default);
        var lost = await Should.ThrowAsync<BadInputException>(async () =>
        {
            WorkspaceBench.Shell(
                path,
                "rm -rf .git/refs/heads/loopcluster; rm -f .git/objects/$(git rev-parse HEAD:d/b.txt | sed 's|^..|&/|')"
            );
            await Bench.ImportAsync(new WorkspaceSpec { Path = path });
        });

        lost.Code.ShouldBe("workspace-unreadable");
        File.Exists(canary).ShouldBeFalse();
    }

    [Fact]
    public async Task ImportAsync_SubdirectoryAndPlainDirectory_MakeAFixedCommitOfTheFiles()
    {
        var path = NewRepository("echo ignored > d/x.log; echo '*.log' > d/.gitignore");
        var plain = Bench.NewFolder("plain");
        WorkspaceBench.Shell(plain, $"cp -r '{path}/d/.' .; mkdir -p sub/.git; touch sub/.git/config");

        var first = await Bench.ImportAsync(new WorkspaceSpec { Path = Path.Combine(path, "d") });
        var second = await Bench.ImportAsync(new WorkspaceSpec { Path = plain });
        var workspace = await Bench.OpenAsync(second.Commit);

        second.Commit.ShouldBe(first.Commit);
        workspace.Files.List("", true, 10).ShouldBe([".gitignore", "b.txt"]);
    }

    [Fact]
    public async Task ImportAsync_WorktreeBareShallowAndPacked_AllWork()
    {
        var path = NewRepository(
            "git worktree add -q ../tree; git gc -q; git clone -q --bare . ../bare; git clone -q --depth 1 file://$PWD ../shallow"
        );
        var expected = WorkspaceBench.Run(path, "git", "rev-parse", "HEAD").Trim();
        foreach (var name in new[] { "tree", "bare", "shallow" })
        {
            (await Bench.ImportAsync(new WorkspaceSpec { Path = Path.Combine(Bench.Root, name) })).Commit.ShouldBe(expected, name);
        }
    }

    [Theory]
    [InlineData("--filter=blob:none")]
    [InlineData("--filter=tree:0")]
    public async Task ImportAsync_PartialClone_SaysWhatToDoAndThatHelps(string filter)
    {
        NewRepository(
            $"git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true; git clone -q {filter} --no-checkout file://$PWD ../partial"
        );
        var path = Path.Combine(Bench.Root, "partial");

        var refused = await Should.ThrowAsync<BadInputException>(async () => await Bench.ImportAsync(new WorkspaceSpec { Path = path }));

        refused.Code.ShouldBe("workspace-unreadable");
        refused.Faults.ShouldHaveSingleItem().Path.ShouldBe("workspace.path");
        refused.Message.ShouldContain("It is a partial clone (made with --filter)");
        var todo = $"git -C '{path}' archive 'HEAD' > /dev/null";
        refused.Message.ShouldContain(todo);
        refused.Message.ShouldContain($"git -C '{path}' fetch --refetch --no-filter");
        WorkspaceBench.Shell(Bench.Root, todo);
        (await Bench.ImportAsync(new WorkspaceSpec { Path = path })).Commit.ShouldBe(
            WorkspaceBench.Run(path, "git", "rev-parse", "HEAD").Trim()
        );
    }

    [Fact]
    public async Task ImportAsync_ShallowCloneWithoutTheRef_SaysWhatToDoAndThatHelps()
    {
        NewRepository("git tag v1 HEAD~1; git clone -q --depth 1 file://$PWD ../shallow");
        var path = Path.Combine(Bench.Root, "shallow");

        var refused = await Should.ThrowAsync<BadInputException>(async () =>
            await Bench.ImportAsync(new WorkspaceSpec { Path = path, Ref = "v1" })
        );

        refused.Faults.ShouldHaveSingleItem().Path.ShouldBe("workspace.ref");
        var todo = $"git -C '{path}' fetch --unshallow --tags";
        refused.Message.ShouldContain($"It is a shallow clone, which has the newest commits only: fetch the others with {todo}");
        WorkspaceBench.Shell(Bench.Root, todo + " -q");
        (await Bench.ImportAsync(new WorkspaceSpec { Path = path, Ref = "v1" })).Commit.ShouldBe(
            WorkspaceBench.Run(path, "git", "rev-parse", "HEAD~1").Trim()
        );
    }

    [Fact]
    public async Task ImportAsync_Url_FetchesOneCommit()
    {
        var path = NewRepository("git tag -a -m v1 v1 HEAD~1");

        var head = await Bench.ImportAsync(new WorkspaceSpec { Git = $"file://{path}" });
        var tag = await Bench.ImportAsync(new WorkspaceSpec { Git = $"file://{path}", Ref = "v1" });
        var workspace = await Bench.OpenAsync(tag.Commit);

        head.Commit.ShouldBe(WorkspaceBench.Run(path, "git", "rev-parse", "HEAD").Trim());
        workspace.Files.Read("a.txt", 100).ShouldBe("one\n"u8.ToArray());
        Directory.GetDirectories(Path.Combine(Bench.Data, "repos"), "*.fetch").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ext::sh -c touch% canary", null)]
    [InlineData("http://example.org/x", null)]
    [InlineData("git://example.org/x", null)]
    [InlineData("--upload-pack=x", null)]
    [InlineData("ssh://-oProxyCommand=x/y", null)]
    [InlineData("/etc", null)]
    [InlineData("https://u:p@", null)]
    [InlineData("https://localhost:1/x", "--output=x")]
    [InlineData("https://localhost:1/x", "a:refs/heads/b")]
    public async Task ImportAsync_AddressOrRefThatWontDo_SaysSoWithoutSecrets(string url, string? reference)
    {
        var thrown = await Should.ThrowAsync<BadInputException>(async () =>
            await Bench.ImportAsync(new WorkspaceSpec { Git = url, Ref = reference })
        );

        thrown.Code.ShouldBe("workspace-unreadable");
        thrown.Message.ShouldNotContain("secret");
        Directory.GetDirectories(Path.Combine(Bench.Data, "repos")).ShouldAllBe(d => d.EndsWith(".empty"));
    }

    [Fact]
    public async Task ImportAsync_NobodyAnswers_MayPassAndSaysSoWithoutSecrets()
    {
        var thrown = await Should.ThrowAsync<InfrastructureException>(async () =>
            await Bench.ImportAsync(new WorkspaceSpec { Git = "https://u:secret@localhost:1/x", Ref = "main" })
        );

        thrown.Code.ShouldBe("workspace-unavailable");
        thrown.Message.ShouldNotContain("secret");
        Directory.GetDirectories(Path.Combine(Bench.Data, "repos")).ShouldAllBe(d => d.EndsWith(".empty"));
    }

    [Fact]
    public async Task ImportAsync_NothingToRead_NamesTheFault()
    {
        var empty = Bench.NewFolder("empty");
        WorkspaceBench.Run(empty, "git", "init", "-q");
        var broken = Bench.NewFolder("broken");
        await File.WriteAllTextAsync(Path.Combine(broken, ".git"), "gitdir: /nowhere\n");
        var path = NewRepository();

        (await Fault(new WorkspaceSpec { Path = Path.Combine(Bench.Root, "none") })).ShouldBe("workspace.path");
        (await Fault(new WorkspaceSpec { Path = empty })).ShouldBe("workspace.path");
        (await Fault(new WorkspaceSpec { Path = broken })).ShouldBe("workspace.path");
        (await Fault(new WorkspaceSpec { Path = path, Ref = "none" })).ShouldBe("workspace.ref");
        (await Fault(new WorkspaceSpec { Path = path, Ref = "--all" })).ShouldBe("workspace.ref");
        (await Fault(new WorkspaceSpec { Path = Path.Combine(path, "d"), Ref = "main" })).ShouldBe("workspace.ref");
        (await Fault(new WorkspaceSpec())).ShouldBe("workspace");

        async Task<string> Fault(WorkspaceSpec spec) =>
            (await Should.ThrowAsync<BadInputException>(async () => await Bench.ImportAsync(spec))).Faults.ShouldHaveSingleItem().Path;
    }

    [Fact]
    public async Task ImportAsync_OfALoopThatIsWorkedOnHere_TakesNothingAwayWhetherItFailsOrNot()
    {
        var (start, workspace) = await Bench.StartAsync(("a.txt", "one"));
        workspace.Files.Write("b.txt", "two"u8);

        // What a second start of the same loop does that loses to the first.
        await Should.ThrowAsync<BadInputException>(async () =>
            await Bench.Workspaces.ImportAsync(WorkspaceBench.Loop, new WorkspaceSpec { Path = "/nowhere" }, default)
        );
        await Bench.Workspaces.ImportAsync(
            WorkspaceBench.Loop,
            new WorkspaceSpec { Files = new Dictionary<string, string> { ["c.txt"] = "three" } },
            default
        );

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();
        committed.Changed.ShouldHaveSingleItem();
        workspace.Files.List("", true, 10).ShouldBe(["a.txt", "b.txt"]);
        Bench.Git("rev-list", "--count", committed.Commit).Trim().ShouldBe("2");
        start.Commit.ShouldNotBe(committed.Commit);
    }

    [Fact]
    public async Task ImportAsync_InlineFilesThatCannotBe_ReportsAllAtOnce()
    {
        var files = new Dictionary<string, string>
        {
            ["../x"] = "",
            ["/x"] = "",
            ["a//b"] = "",
            [".git/config"] = "",
            ["a/.GIT"] = "",
            ["git~1"] = "",
            ["ok"] = "x",
            ["a\0b"] = "",
            ["a\\b"] = "",
            ["./a"] = "",
            [".g\u200cit"] = "",
            ["big"] = new string('x', 1024 * 1024),
        };

        var thrown = await Should.ThrowAsync<BadInputException>(async () => await Bench.ImportAsync(new WorkspaceSpec { Files = files }));

        thrown.Faults.Count.ShouldBe(11);
    }

    [Fact]
    public async Task ImportAsync_TreeWithDotGitInside_IsRefused()
    {
        var path = NewRepository(
            """
            blob=$(echo x | git hash-object -w --stdin)
            evil=$(printf "100644 config\0$(echo $blob | sed 's/../\\x&/g')" | git hash-object -t tree -w --literally --stdin)
            top=$(printf "40000 .git\0$(echo $evil | sed 's/../\\x&/g')" | git hash-object -t tree -w --literally --stdin)
            git update-ref refs/heads/evil $(git commit-tree -m evil $top)
            """.Replace("printf \"", "/usr/bin/printf \"", StringComparison.Ordinal)
        );

        var thrown = await Should.ThrowAsync<BadInputException>(async () =>
            await Bench.ImportAsync(new WorkspaceSpec { Path = path, Ref = "evil" })
        );

        thrown.Message.ShouldContain(".git/config");
    }

    [Fact]
    public async Task CommitAsync_SubmoduleInTheBase_KeepsItUnlessFilesReplaceIt()
    {
        var path = NewRepository("git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git commit -qm sub");
        var start = await Bench.ImportAsync(new WorkspaceSpec { Path = path });
        var workspace = await Bench.OpenAsync(start.Commit);

        (await Bench.CommitAsync(workspace)).ShouldBeNull();
        workspace.Files.Write("sub/x.txt", "x"u8);
        var replaced = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();
        await workspace.ResetAsync(start.Commit, default);

        replaced.Changed.ShouldBe(["sub", "sub/x.txt"]);
        Directory.GetFileSystemEntries(Path.Combine(workspace.Directory, "sub")).ShouldBeEmpty();
        (await Bench.CommitAsync(workspace)).ShouldBeNull();
    }

    [Fact]
    public async Task DeliverAsync_LocalRepository_MakesABranchAndNothingElse()
    {
        var path = NewRepository("echo dirty > a.txt");
        WorkspaceBench.Shell(path, "chown -R 4321:4321 .; chmod 755 ..");
        var spec = new WorkspaceSpec { Path = path };
        var start = await Bench.ImportAsync(spec);
        var workspace = await Bench.OpenAsync(start.Commit);
        workspace.Files.Write("new/file.txt", "x\n"u8);
        await Bench.CommitAsync(workspace);
        workspace.Files.Write("more.txt", "y\n"u8);
        var last = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        var made = await Bench.Workspaces.DeliverAsync(WorkspaceBench.Loop, spec, Delivery(start, last), default);
        (await Bench.Workspaces.DeliverAsync(WorkspaceBench.Loop, spec, Delivery(start, last), default)).ShouldBe(made);

        made.Branch.ShouldBe("loopcluster/loop-1");
        made.StepsBranch.ShouldBeNull();
        (made.Files, made.Lines).ShouldBe((2, 2));
        WorkspaceBench
            .Run(path, "git", "log", "--format=%H %T %P", "-1", made.Branch!)
            .Trim()
            .ShouldBe($"{made.Commit} {last.Tree} {start.Commit}");
        WorkspaceBench.Run(path, "git", "log", "-1", "--format=%(trailers:key=Loop,valueonly)", made.Branch!).Trim().ShouldBe("loop-1");
        WorkspaceBench
            .Run(path, "git", "for-each-ref", "--format=%(refname)", "refs/heads/loopcluster")
            .Trim()
            .ShouldBe("refs/heads/loopcluster/loop-1");
        WorkspaceBench.Run(path, "git", "fsck", "--strict").ShouldBe("");
        File.ReadAllText(Path.Combine(path, "a.txt")).ShouldBe("dirty\n");
        WorkspaceBench.Run(path, "git", "symbolic-ref", "HEAD").Trim().ShouldBe("refs/heads/main");
        WorkspaceBench.Shell(path, "find . ! -user 4321").ShouldBe("");
    }

    [Fact]
    public async Task DeliverAsync_PlainDirectoryOrInlineFiles_ReturnsNull()
    {
        var (start, workspace) = await Bench.StartAsync(("a", "b"));
        workspace.Files.Write("new.txt", "x"u8);
        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        (
            await Bench.Workspaces.DeliverAsync(
                WorkspaceBench.Loop,
                new WorkspaceSpec { Path = Bench.NewFolder("plain") },
                Delivery(start, committed),
                default
            )
        ).Branch.ShouldBeNull();
        (
            await Bench.Workspaces.DeliverAsync(
                WorkspaceBench.Loop,
                new WorkspaceSpec { Files = new Dictionary<string, string>() },
                Delivery(start, committed),
                default
            )
        ).Branch.ShouldBeNull();
    }

    [Fact]
    public async Task DeliverAsync_TreeOfTheGate_IsTheOneCommitsTreeAndStepsAreABranchOfTheirOwn()
    {
        var path = NewRepository("true");
        var spec = new WorkspaceSpec { Path = path };
        var start = await Bench.ImportAsync(spec);
        var workspace = await Bench.OpenAsync(start.Commit);
        WorkspaceBench.Shell(workspace.Directory, "rm a.txt; echo better > new.txt");
        var last = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();
        var gated = await Bench.Workspaces.BuildGateTreeAsync(
            WorkspaceBench.Loop,
            start.Tree,
            last.Tree,
            new GateGuard(["a.txt"]),
            default
        );

        var made = await Bench.Workspaces.DeliverAsync(
            WorkspaceBench.Loop,
            spec,
            Delivery(start, last) with
            {
                Tree = gated.Tree,
                KeepSteps = true,
            },
            default
        );

        made.StepsBranch.ShouldBe("loopcluster/loop-1-steps");
        WorkspaceBench.Run(path, "git", "rev-parse", made.StepsBranch!).Trim().ShouldBe(last.Commit);
        WorkspaceBench.Run(path, "git", "rev-parse", $"{made.Branch}^{{tree}}").Trim().ShouldBe(gated.Tree);
        WorkspaceBench.Run(path, "git", "merge", "-q", made.Branch!);
        File.Exists(Path.Combine(path, "a.txt")).ShouldBeTrue();
        File.ReadAllText(Path.Combine(path, "new.txt")).ShouldBe("better\n");

        // Another host has the packs alone.
        Bench.NewProcess();
        Directory.Delete(Bench.Repository, recursive: true);
        var patch = await Bench.Workspaces.DiffAsync(WorkspaceBench.Loop, start.Tree, gated.Tree, [.. Bench.Packs, made.Pack], default);
        System.Text.Encoding.UTF8.GetString(patch.Span).ShouldContain("+++ b/new.txt");
    }

    private static Delivery Delivery(BaseSnapshot start, WorkspaceCommitted last) =>
        new()
        {
            Steps = last.Commit,
            BaseTree = start.Tree,
            Tree = last.Tree,
            Message = (_, _) => "Goal\n\nLoop: loop-1\n",
            At = DateTimeOffset.UnixEpoch,
        };
}
