using System.Diagnostics;
using LoopCluster.Engine.Loops;
using LoopCluster.TestKit.Kills;

namespace LoopCluster.FaultTests.Hostile;

/// <summary>
/// Shell calls plant everything that makes git run a command: an embedded repository with filters, hooks and a file system monitor,
/// attributes, submodules, alternates. Each command would leave a canary on the host. Nothing runs, and what is committed is what was
/// written.
/// </summary>
[Trait("Category", "Fault")]
public sealed class HostileWorkspaceTests
{
    [SkippableFact]
    [Trait("Category", "Docker")]
    public async Task Run_OverHostileWorkspace_RunsNothingOnTheHostAndCommitsExactBytes()
    {
        await Containers.SkipWithoutEngineAsync();
        using var hostile = new HostileCase();
        var canary = Path.Combine(hostile.Data.Root, "canary");
        var script = new Script()
            .Shell(Plant(".", canary))
            .Shell($"mkdir -p deep/er/nested && cd deep/er/nested && {Plant(".", canary)}")
            // Bytes that filters, line ending conversion, ident and working tree encodings would all change.
            .Shell(
                "printf 'one\\r\\ntwo\\r\\n$Id$\\n' > crlf.txt && printf 'caf\\351 \\000 \\377\\376' > raw.bin && printf 'value\\n' > value.evil && chmod 755 value.evil && ln -s /etc/passwd link && ln -s .git/config gitlink"
            )
            .Shell(
                "printf '[submodule \"s\"]\\n\\tpath = s\\n\\turl = ext::sh -c \"touch% %s\"\\n\\tupdate = !touch %s\\n' > .gitmodules && mkdir -p s && echo 'gitdir: ../.git/modules/s' > s/.git".Replace(
                    "%s",
                    canary,
                    StringComparison.Ordinal
                )
            )
            .Shell(
                "rm -rf .GIT .Git git~1; mkdir -p .GIT/hooks git~1 '.git ' && echo x > .GIT/config && echo x > git~1/config && echo x > '.git /config' && echo x > .gitignore"
            )
            .Write("answer.txt", "42\n")
            .Call("search", new { pattern = "value" })
            .Call("list_files", new { })
            .Done();
        await hostile.RunAsync(
            new
            {
                goal = "Write the answer.",
                workspace = new
                {
                    files = new Dictionary<string, string> { ["README.md"] = "# answer\n", [".gitattributes"] = Attributes },
                },
                model = new { script = script.ToJson() },
                gates = new[] { new { name = "answer", run = "grep -q 42 answer.txt" } },
                sandbox = new { memory = "128m" },
            }
        );

        hostile.State.Status.ShouldBe(LoopStatus.Verified, hostile.State.StopReason);
        Directory.EnumerateFiles(hostile.Data.Root, "canary*").ShouldBeEmpty("a command of the workspace ran on the host");

        (await hostile.CommittedAsync("crlf.txt")).ShouldBe("one\r\ntwo\r\n$Id$\n");
        (await hostile.CommittedAsync("raw.bin")).ShouldBe("caf\u00e9 \0 \u00ff\u00fe");
        (await hostile.CommittedAsync("value.evil")).ShouldBe("value\n");
        (await hostile.CommittedAsync("link")).ShouldBe("/etc/passwd");
        (await hostile.CommittedAsync(".gitattributes")).ShouldBe(Attributes);
        var paths = await hostile.CommittedPathsAsync();
        paths.ShouldAllBe(p => !p.Split('/').Any(part => IsGit(part)), "an entry named .git was committed");
        paths.ShouldContain("deep/er/nested/.gitattributes");
        hostile.ResultOf(0).Output.Text.ShouldNotBeNull().ShouldContain(".git", customMessage: "the model is told what was not kept");

        // The base's bytes are the ones given, too: no attribute took part in the import.
        (await Git.RunAsync(hostile.Repository, "cat-file", "blob", $"{hostile.State.Base.Commit}:README.md")).ShouldBe("# answer\n");
    }

    [Fact]
    public async Task Plant_UnderCarelessGit_Runs()
    {
        // The trap itself: git that reads such a directory does run its commands, so that nothing having run above means something.
        using var data = new FaultData();
        var directory = Directory.CreateDirectory(Path.Combine(data.Root, "planted")).FullName;
        var canary = Path.Combine(data.Root, "canary");
        using (var shell = Process.Start("/bin/sh", ["-c", Plant(directory, canary)]))
        {
            await shell.WaitForExitAsync();
            shell.ExitCode.ShouldBe(0);
        }

        await File.WriteAllTextAsync(Path.Combine(directory, "value.evil"), "value\n");
        await Git.TryAsync(directory, "add", "-A");
        Directory.EnumerateFiles(data.Root, "canary-*").Select(Path.GetFileName).ShouldContain("canary-fsmonitor");
        Directory.EnumerateFiles(data.Root, "canary-*").Count().ShouldBeGreaterThan(1);
    }

    private const string Attributes =
        "* text eol=lf filter=evil ident working-tree-encoding=UTF-16 diff=evil merge=evil\n*.evil filter=evil\n";

    private static bool IsGit(string name) =>
        name.TrimEnd(' ', '.').Equals(".git", StringComparison.OrdinalIgnoreCase)
        || name.Equals("git~1", StringComparison.OrdinalIgnoreCase);

    /// <summary>A repository whose every setting that takes a command has one.</summary>
    private static string Plant(string directory, string canary)
    {
        string[] config =
        [
            "[core]",
            $"fsmonitor = touch {canary}-fsmonitor",
            $"sshCommand = touch {canary}-ssh",
            $"pager = touch {canary}-pager",
            $"editor = touch {canary}-editor",
            "hooksPath = .git/hooks",
            "worktree = ..",
            "bare = false",
            "[filter \\\"evil\\\"]",
            $"clean = touch {canary}-clean; cat",
            $"smudge = touch {canary}-smudge; cat",
            $"process = touch {canary}-process",
            "required = true",
            "[diff \\\"evil\\\"]",
            $"textconv = touch {canary}-textconv; cat",
            $"command = touch {canary}-diff",
            "[merge \\\"evil\\\"]",
            $"driver = touch {canary}-merge",
            $"[diff]",
            $"external = touch {canary}-external",
            "[alias]",
            $"status = !touch {canary}-alias",
            "[gpg]",
            $"program = touch {canary}-gpg",
            "[credential]",
            $"helper = !touch {canary}-credential",
            "[include]",
            "path = ../evil.inc",
        ];
        var lines = string.Join("\\n", config);
        return $"""
            cd {directory} && git init -q . && printf "{lines}\n" > .git/config && printf '{Attributes.Replace(
                "\n",
                "\\n",
                StringComparison.Ordinal
            )}' > .gitattributes
            for h in pre-commit post-checkout post-index-change reference-transaction pre-auto-gc post-commit prepare-commit-msg fsmonitor-watchman post-rewrite; do
              printf '#!/bin/sh\ntouch {canary}-hook-'$h'\n' > .git/hooks/$h && chmod 755 .git/hooks/$h
            done
            mkdir -p .git/info .git/objects/info .git/modules/s && echo '* filter=evil' > .git/info/attributes && echo /etc > .git/objects/info/alternates
            """;
    }
}
