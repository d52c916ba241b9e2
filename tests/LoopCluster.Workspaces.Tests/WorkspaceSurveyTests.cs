using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Workspaces.Tests;

public sealed class WorkspaceSurveyTests : WorkspaceTest
{
    private const string Pointer =
        "version https://git-lfs.github.com/spec/v1\\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\\nsize 12345\\n";

    [Fact]
    public async Task SurveyAsync_AllCommitted_FindsNothing()
    {
        var facts = await SurveyAsync(
            "echo '*.log' > .gitignore; git add .; git commit -qm ignore; echo x > a.log; echo y > d/b.log; echo /private > .git/info/exclude; echo z > private; mkdir empty"
        );

        (
            facts.Changed.Count,
            facts.Untracked.Count,
            facts.Submodules.Count,
            facts.LfsPointers.Count,
            facts.IsShallow,
            facts.IsPartial
        ).ShouldBe((0, 0, 0, 0, false, false));
        (facts.Files, facts.Repository).ShouldBe((3, Path.Combine(Bench.Root, "user")));
    }

    [Fact]
    public async Task SurveyAsync_UncommittedWork_IsNamedAndNothingOfTheRepositoryIsRunOrTouched()
    {
        var canary = Path.Combine(Bench.Root, "canary");
        var path = NewRepository(
            $"""
            printf '#!/bin/sh\ntouch {canary}\n' > ../trap; chmod +x ../trap
            git config core.fsmonitor "$PWD/../trap"; git config filter.evil.clean "$PWD/../trap"; echo '*.txt filter=evil' > .git/info/attributes
            echo dirty > a.txt; rm d/b.txt; echo new > 'new.txt'; mkdir -p deep/er d/more; echo 1 > deep/er/x; echo 2 > deep/y; echo 3 > d/more/z; git -c core.fsmonitor= -c filter.evil.clean=cat add new.txt
            """
        );
        var before = WorkspaceBench.Shell(path, "find . -printf '%p %T@ %C@ %s\n' | sort");

        var facts = await SurveyAsync(path);

        facts.Changed.ShouldBe(["a.txt", "d/b.txt"]);
        facts.Untracked.ShouldBe(["d/more/", "deep/", "new.txt"]);
        File.Exists(canary).ShouldBeFalse();
        WorkspaceBench.Shell(path, "find . -printf '%p %T@ %C@ %s\n' | sort").ShouldBe(before);
    }

    [Theory]
    [InlineData("sed -i 's/$/\\r/' a.txt", "")]
    [InlineData("chmod +x a.txt", "a.txt")]
    [InlineData("ln -sf b.txt d/c; rm d/b.txt; ln -s c d/b.txt", "d/b.txt")]
    [InlineData("rm -r d; ln -s / d", "d/b.txt")]
    public async Task SurveyAsync_WorkTree_IsComparedAsGitWouldAndFollowsNoLink(string script, string changed) =>
        (await SurveyAsync(script)).Changed.ShouldBe(changed.Length == 0 ? [] : [changed]);

    [Fact]
    public async Task SurveyAsync_AnotherRefThanTheWorkTrees_ComparesNothing()
    {
        var path = NewRepository("git tag old; echo two > a.txt; git commit -qam second; echo dirty > a.txt");
        var start = await Bench.ImportAsync(new WorkspaceSpec { Path = path, Ref = "old" });

        var facts = await Bench.Workspaces.SurveyAsync(WorkspaceBench.Loop, new WorkspaceSpec { Path = path, Ref = "old" }, start, default);

        (facts.Changed.Count, facts.Untracked.Count, facts.Repository).ShouldBe((0, 0, path));
    }

    [Fact]
    public async Task SurveyAsync_NothingCheckedOutYet_ComparesNothing()
    {
        var path = NewRepository("git checkout -q --orphan fresh; git rm -rqf .; echo dirty > a.txt");
        var start = await Bench.ImportAsync(new WorkspaceSpec { Path = path, Ref = "main" });

        var facts = await Bench.Workspaces.SurveyAsync(
            WorkspaceBench.Loop,
            new WorkspaceSpec { Path = path, Ref = "main" },
            start,
            default
        );

        (facts.Changed.Count, facts.Untracked.Count, facts.NotCompared).ShouldBe((0, 0, null));
    }

    [Fact]
    public async Task SurveyAsync_SubmodulesAndLfs_AreNamed()
    {
        var facts = await SurveyAsync(
            $"""
            git init -q ../lib; git -C ../lib commit -q --allow-empty -m x; git -c protocol.file.allow=always submodule --quiet add ../lib lib
            printf '*.bin filter=lfs diff=lfs merge=lfs -text\n' > .gitattributes; printf '{Pointer}' > big.bin; printf '{Pointer}' > pointer.txt; echo plain > small.bin
            git add .; git commit -qm more; echo smudged > big.bin
            """
        );

        facts.Submodules.ShouldBe(["lib"]);
        facts.LfsPointers.ShouldBe(["big.bin", "pointer.txt"]);
        facts.Changed.ShouldBeEmpty("what LFS put there is no change");
    }

    [Fact]
    public async Task SurveyAsync_PointersWithoutTheAttribute_AreJustFiles() =>
        (await SurveyAsync($"printf '{Pointer}' > big.bin; git add .; git commit -qm more")).LfsPointers.ShouldBeEmpty();

    [Theory]
    [InlineData("--depth 1", true, false)]
    [InlineData("--filter=blob:none", false, true)]
    public async Task SurveyAsync_Clone_IsToldByItsKind(string option, bool shallow, bool partial)
    {
        NewRepository(
            $"git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true; git clone -q {option} file://$PWD ../clone"
        );

        var facts = await SurveyAsync(Path.Combine(Bench.Root, "clone"));

        (facts.IsShallow, facts.IsPartial, facts.Changed.Count, facts.Untracked.Count).ShouldBe((shallow, partial, 0, 0));
    }

    [Fact]
    public async Task SurveyAsync_BareAndPlainDirectories_HaveNoWorkTree()
    {
        NewRepository("git clone -q --bare . ../bare");
        var bare = await SurveyAsync(Path.Combine(Bench.Root, "bare"));
        var start = await Bench.ImportAsync(new WorkspaceSpec { Files = new Dictionary<string, string> { ["a"] = "b" } });
        var inline = await Bench.Workspaces.SurveyAsync(
            WorkspaceBench.Loop,
            new WorkspaceSpec { Files = new Dictionary<string, string> { ["a"] = "b" } },
            start,
            default
        );

        (bare.Changed.Count, bare.Untracked.Count, inline.Repository, inline.Files).ShouldBe((0, 0, null, 1));
    }

    private string NewRepository(string script)
    {
        var path = Bench.NewFolder("user");
        WorkspaceBench.Shell(
            path,
            "git init -q -b main .; echo one > a.txt; mkdir d; echo two > d/b.txt; git add .; git commit -qm first\n" + script
        );
        return path;
    }

    /// <summary>Of a directory, or of a new repository after a script.</summary>
    private async Task<WorkspaceFacts> SurveyAsync(string what)
    {
        var spec = new WorkspaceSpec { Path = what.StartsWith('/') ? what : NewRepository(what) };
        return await Bench.Workspaces.SurveyAsync(WorkspaceBench.Loop, spec, await Bench.ImportAsync(spec), default);
    }
}
