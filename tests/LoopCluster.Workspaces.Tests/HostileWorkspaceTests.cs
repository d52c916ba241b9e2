using System.Text;

namespace LoopCluster.Workspaces.Tests;

/// <summary>
/// Everything known to make git run something or change bytes, in one workspace. What must not happen is shown by a canary.
/// </summary>
public sealed class HostileWorkspaceTests : WorkspaceTest
{
    private string Canary => Path.Combine(Bench.Root, "canary");

    [Fact]
    public async Task EveryOperation_WorkspaceFullOfTraps_RunsNothingAndKeepsBytes()
    {
        var trap = Path.Combine(Bench.Root, "trap.sh");
        await File.WriteAllTextAsync(trap, $"#!/bin/sh\ntouch '{Canary}'\ncat\n");
        WorkspaceBench.Shell(Bench.Root, "chmod 755 trap.sh");
        var (start, workspace) = await Bench.StartAsync(("a.txt", "one\n"), ("tests/t.py", "assert True\n"));
        WorkspaceBench.Shell(
            workspace.Directory,
            $$"""
            git init -q .
            git init -q embedded
            for r in . embedded; do
              git -C $r config filter.evil.clean '{{trap}}'
              git -C $r config filter.evil.smudge '{{trap}}'
              git -C $r config filter.evil.process '{{trap}}'
              git -C $r config filter.evil.required true
              git -C $r config core.fsmonitor '{{trap}}'
              git -C $r config core.editor '{{trap}}'
              git -C $r config core.pager '{{trap}}'
              git -C $r config core.sshCommand '{{trap}}'
              git -C $r config diff.external '{{trap}}'
              git -C $r config diff.evil.textconv '{{trap}}'
              git -C $r config diff.evil.command '{{trap}}'
              for h in pre-commit post-commit post-checkout post-index-change reference-transaction pre-auto-gc; do cp '{{trap}}' $r/.git/hooks/$h 2>/dev/null || { mkdir -p $r/.git/hooks; cp '{{trap}}' $r/.git/hooks/$h; }; done
            done
            printf '* filter=evil diff=evil text eol=crlf ident\n*.u16 working-tree-encoding=UTF-16LE\nsubst export-subst\nsecret export-ignore\n' > .gitattributes
            cp .gitattributes embedded/.gitattributes
            printf '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch\n\tupdate = !touch {{Canary}}\n' > .gitmodules
            mkdir -p deep/er/.git/hooks x; echo 'gitdir: ../embedded/.git' > x/.git; cp '{{trap}}' deep/er/.git/hooks/post-commit
            mkdir .GIT 'git~1' '.git ' '.git.' '.git::$INDEX_ALLOCATION'
            for d in .GIT 'git~1' '.git ' '.git.' '.git::$INDEX_ALLOCATION'; do echo x > "$d/config"; done
            ln -s x .gitModules
            printf 'crlf\r\nlf\n$Id$\n' > a.txt; printf '%s' '$Format:%H$' > subst; echo s > secret
            printf '\377\376a\000b' > wide.u16; printf 'embedded\r\n' > embedded/file
            ln -s /etc/passwd out; ln -s ../../.. up; ln -s loop loop; ln a.txt hard
            mkfifo pipe
            printf 'new\nline' > "$(printf 'new\nline')"; echo q > 'quo"te'; echo d > -- '-dash' 2>/dev/null || echo d > ./-dash
            printf 'bytes' > "$(printf 'caf\351')"; : > empty; echo back > 'back\slash'
            chmod 755 secret
            """
        );

        WorkspaceBench.Shell(Bench.Root, $"cp -a '{workspace.Directory}' copy");

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        AssertSameBytes(committed.Commit, workspace.Directory);
        AssertRefused(
            committed.Refused,
            ".git",
            "embedded/.git",
            "deep/er/.git",
            "x/.git",
            ".GIT",
            "git~1",
            ".git ",
            ".git.",
            ".git::$INDEX_ALLOCATION",
            ".gitModules",
            "pipe"
        );
        Bench.Git("ls-tree", "-r", "-t", "--name-only", committed.Commit).ToLowerInvariant().Split('\n').ShouldNotContain(".git");

        // Everything else the harness does with such a commit.
        await Bench.Workspaces.DiffAsync(WorkspaceBench.Loop, start.Tree, committed.Tree, default);
        var gate = await Bench.Workspaces.BuildGateTreeAsync(
            WorkspaceBench.Loop,
            start.Tree,
            committed.Tree,
            new LoopCluster.Engine.Gates.GateGuard(["tests"]),
            default
        );
        await using var room = await Bench.Workspaces.CheckoutAsync(WorkspaceBench.Loop, gate.Tree, default);
        AssertSameBytes(committed.Commit, room.Directory);
        room.ChangedPaths(10, default).ShouldBeEmpty();
        room.NewFiles(default).Paths.ShouldBeEmpty();
        await workspace.ResetAsync(start.Commit, default);
        await workspace.ResetAsync(committed.Commit, default);
        AssertSameBytes(committed.Commit, workspace.Directory);
        Directory.Exists(Path.Combine(workspace.Directory, ".git")).ShouldBeFalse();
        Bench.NewProcess();
        var again = await Bench.OpenAsync(committed.Commit);
        AssertSameBytes(committed.Commit, again.Directory);
        File.Exists(Canary).ShouldBeFalse("something of the workspace ran on the host");

        // The traps are real: git run there springs them.
        WorkspaceBench.Shell(Path.Combine(Bench.Root, "copy"), "git status >/dev/null 2>&1 || true");
        File.Exists(Canary).ShouldBeTrue();
    }

    [Fact]
    public async Task CommitAsync_TenThousandFiles_TakesThemAll()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"));
        WorkspaceBench.Shell(workspace.Directory, "mkdir many; cd many; seq 10000 | while read i; do echo $i > f$i; done");

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        committed.Files.ShouldBe(10_000);
        committed.Changed.Count.ShouldBe(10_000);
        committed.Lines.ShouldBe(10_000);
        Bench.Git("ls-tree", "-r", "--name-only", committed.Commit).Count(c => c == '\n').ShouldBe(10_001);
        (await Bench.CommitAsync(workspace)).ShouldBeNull();
    }

    [Fact]
    public async Task CommitAsync_MoreThanTheLimits_TakesWhatFitsAndTells()
    {
        Bench.Options.MaxFiles = 20;
        Bench.Options.MaxFileBytes = 1000;
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"));
        WorkspaceBench.Shell(
            workspace.Directory,
            "mkdir many; cd many; for i in $(seq 100); do echo $i > f$i; done; cd ..; head -c 2000 /dev/zero > a.txt"
        );

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        committed.Files.ShouldBe(19);
        committed.Refused.ShouldContain(l =>
            l.StartsWith("a.txt: not taken, larger than 1000 bytes; the commit keeps the earlier version")
        );
        committed.Refused.ShouldContain(l => l.StartsWith("more than 20 new files"));
        Bench.Blob(committed.Commit, "a.txt").ShouldBe("one\n"u8.ToArray());
    }

    [Fact]
    public async Task CommitAsync_DirectoryReplacedByLinkOut_TakesTheLinkOnly()
    {
        var (_, workspace) = await Bench.StartAsync(("src/a.txt", "one\n"));
        var secret = Bench.NewFolder("secret");
        await File.WriteAllTextAsync(Path.Combine(secret, "a.txt"), "secret");
        WorkspaceBench.Shell(workspace.Directory, $"rm -r src; ln -s '{secret}' src");

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        committed.Changed.ShouldBe(["src", "src/a.txt"]);
        Encoding.UTF8.GetString(Bench.Blob(committed.Commit, "src")).ShouldBe(secret);
        await workspace.ResetAsync(committed.Parent, default);
        File.ReadAllText(Path.Combine(secret, "a.txt")).ShouldBe("secret");
    }

    [Fact]
    public async Task CommitAsync_FilesAndLinksSwappedAllTheWhile_NeverTakesABytesFromOutside()
    {
        var (_, workspace) = await Bench.StartAsync(("d/a.txt", "inside\n"));
        var secret = Bench.NewFolder("secret");
        await File.WriteAllTextAsync(Path.Combine(secret, "a.txt"), "OUTSIDE");
        using var stop = new CancellationTokenSource();
        var swapper = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Directory.Move(Path.Combine(workspace.Directory, "d"), Path.Combine(workspace.Directory, "e"));
                Directory.CreateSymbolicLink(Path.Combine(workspace.Directory, "d"), secret);
                File.Delete(Path.Combine(workspace.Directory, "d"));
                Directory.Move(Path.Combine(workspace.Directory, "e"), Path.Combine(workspace.Directory, "d"));
            }
        });

        for (var i = 0; i < 60; i++)
        {
            await Bench.CommitAsync(workspace);
        }

        await stop.CancelAsync();
        await swapper;
        Bench.Git("cat-file", "--batch-all-objects", "--batch").ShouldNotContain("OUTSIDE");
    }

    [Fact]
    public async Task CommitAsync_WrittenWithinTheSameClockTickAndSize_IsSeen()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "0000\n"));
        var file = Path.Combine(workspace.Directory, "a.txt");
        for (var i = 1; i < 60; i++)
        {
            var time = File.GetLastWriteTimeUtc(file);
            await File.WriteAllTextAsync(file, $"{i:0000}\n");
            File.SetLastWriteTimeUtc(file, time);

            var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

            Encoding.UTF8.GetString(Bench.Blob(committed.Commit, "a.txt")).ShouldBe($"{i:0000}\n");
        }
    }

    private static void AssertRefused(IReadOnlyList<string> refused, params string[] paths)
    {
        foreach (var path in paths)
        {
            refused.ShouldContain(l => l.StartsWith($"{path}: not taken, "), path);
        }

        refused.Count.ShouldBe(paths.Length, string.Join('\n', refused));
    }

    // Git's own words about the commit against find's about the directory.
    private void AssertSameBytes(string commit, string directory)
    {
        var inGit = Encoding
            .Latin1.GetString(
                WorkspaceBench.RunBytes(Bench.Repository, "git", "--git-dir", Bench.Repository, "ls-tree", "-r", "-z", commit)
            )
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Replace(" blob ", " ", StringComparison.Ordinal));
        var script = """
            find . \( -name '.[gG][iI][tT]' -o -name 'git~1' -o -name '.git ' -o -name '.git.' -o -name '.git::*' -o -name '.gitModules' -o -type p \) -prune -o \( -type f -o -type l \) -print0 |
            while IFS= read -r -d '' f; do
              if [ -L "$f" ]; then m=120000; h=$(readlink -n -- "$f" | git hash-object --stdin); elif [ -x "$f" ]; then m=100755; h=$(git hash-object --no-filters --stdin < "$f"); else m=100644; h=$(git hash-object --no-filters --stdin < "$f"); fi
              printf '%s %s\t%s\0' $m $h "${f#./}"
            done
            """;
        var onDisk = Encoding
            .Latin1.GetString(WorkspaceBench.RunBytes(directory, "env", "GIT_DIR=/nonexistent", "bash", "-c", script))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries);
        onDisk.Length.ShouldBeGreaterThan(5);
        inGit.Order(StringComparer.Ordinal).ShouldBe(onDisk.Order(StringComparer.Ordinal));
    }
}
