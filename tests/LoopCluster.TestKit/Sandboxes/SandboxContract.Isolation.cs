using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>What a hostile command finds.</summary>
public abstract partial class SandboxContract
{
    [SkippableFact]
    public async Task Run_Identity_IsUnprivileged()
    {
        await SkipWithoutEngineAsync();

        var status = await OutputOfAsync("id -u; grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status");

        var lines = status.Split('\n');
        lines[0].ShouldNotBe("0");
        lines
            .Count(line =>
                line.StartsWith("Cap", StringComparison.Ordinal) && line.EndsWith("\t0000000000000000", StringComparison.Ordinal)
            )
            .ShouldBe(5);
        lines.ShouldContain("NoNewPrivs:\t1");
        lines.ShouldContain("Seccomp:\t2");
    }

    [SkippableFact]
    public async Task Run_AsRootOnTheHost_IsNobodysUser()
    {
        await SkipWithoutEngineAsync();
        Skip.IfNot(Environment.IsPrivilegedProcess, "this process is not root");

        (await OutputOfAsync("id -u; id -g; id -G")).ShouldBe("65532\n65532\n65532");
    }

    [SkippableFact]
    public async Task Run_Writing_WorksOnlyInWorkspaceAndTemporaryMemory()
    {
        await SkipWithoutEngineAsync();

        (await OutputOfAsync("echo w > /workspace/w && echo t > /tmp/t && cat /workspace/w /tmp/t")).ShouldBe("w\nt");
        var writable = await OutputOfAsync(
            "for d in / /etc /usr /bin /var /var/tmp /home /root /opt /run /proc /proc/sys /sys /sys/fs/cgroup /dev /loopcluster /mnt; do "
                + "if (: > $d/probe) 2>/dev/null; then echo $d; fi; done"
        );
        writable.ShouldBe("");
        (await File.ReadAllTextAsync(Path.Combine(Workspace, "w"))).ShouldBe("w\n");
        // Of what is mounted, only the workspace outlives the container; the rest that can be written is memory of its own.
        (
            await OutputOfAsync("awk '$4 ~ /^rw/ && $3 !~ /^(proc|sysfs|cgroup2?|mqueue|devpts|tmpfs)$/ { print $2 }' /proc/mounts")
        ).ShouldBe("/workspace");
    }

    [SkippableFact]
    public async Task Run_Network_IsAbsent()
    {
        await SkipWithoutEngineAsync();

        (await OutputOfAsync("awk 'NR > 2 { print $1 }' /proc/net/dev")).ShouldBe("lo:");
        (await RunAsync("python3 -c \"import socket; socket.create_connection(('1.1.1.1', 53), 3)\"")).ExitCode.ShouldBe(1);
    }

    [SkippableFact]
    public async Task Run_EngineSocketAndHostPaths_AreAbsent()
    {
        await SkipWithoutEngineAsync();

        (await OutputOfAsync($"find / -xdev -name '*.sock' 2>/dev/null; ls -d {Workspace} 2>/dev/null; ls /loopcluster")).ShouldBe(
            "waiter"
        );
    }

    [SkippableFact]
    public async Task Run_NextCall_FindsNothingButTheWorkspace()
    {
        await SkipWithoutEngineAsync();

        await OutputOfAsync("echo x > /tmp/kept; echo x > /dev/shm/kept; echo x > kept");

        (await OutputOfAsync("ls /tmp /dev/shm /workspace")).ShouldBe("/dev/shm:\n\n/tmp:\n\n/workspace:\nkept");
    }

    [SkippableFact]
    public async Task PrewarmAndRun_WorkspaceFullOfLinks_TouchNeitherItNorWhatTheyPointAt()
    {
        await SkipWithoutEngineAsync();
        var outside = Directory.CreateTempSubdirectory("loopcluster-outside-");
        try
        {
            File.CreateSymbolicLink(Path.Combine(Workspace, "deps"), outside.FullName);
            File.CreateSymbolicLink(Path.Combine(Workspace, ".git"), outside.FullName);
            var before = Directory.GetLastWriteTimeUtc(Workspace);

            Sandbox.Prewarm(Owner, Shape());
            var result = await Sandbox.RunAsync(Owner, Shape(), Call("true"), default);

            result.ExitCode.ShouldBe(0);
            Directory.GetFileSystemEntries(Workspace).Select(Path.GetFileName).Order().ShouldBe([".git", "deps"]);
            Directory.GetLastWriteTimeUtc(Workspace).ShouldBe(before);
            outside.EnumerateFileSystemInfos().ShouldBeEmpty();
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [SkippableFact]
    public async Task Run_AttackOnTheFirstProcess_ChangesNoReport()
    {
        await SkipWithoutEngineAsync();

        var result = await RunAsync(
            "for s in KILL STOP TERM INT HUP ALRM CHLD USR1 SEGV; do kill -$s 1 2>/dev/null; done; "
                + "for f in /proc/1/fd/0 /proc/1/fd/1 /proc/1/fd/2 /proc/1/mem; do (printf 'X\\016\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' > $f) 2>/dev/null && echo wrote $f; done; "
                + "cat /proc/1/environ 2>/dev/null; ls /proc/1/fd 2>/dev/null; "
                + "python3 -c 'import ctypes; print(ctypes.CDLL(None).ptrace(16, 1, 0, 0))'; "
                + "ls /proc/self/fd | tr '\\n' ' '; printf 'X\\016\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0'; exit 9"
        );

        (result.Outcome, result.ExitCode).ShouldBe((SandboxOutcome.Exited, 9));
        Text(result).ShouldStartWith("-1\n0 1 2 3 X");
    }

    [SkippableFact]
    public async Task Run_ResourceLimitsPutOnTheFirstProcess_NeverMakeAFailureAPass()
    {
        await SkipWithoutEngineAsync();

        // The same user may lower process 1's limits; that can cost this call its report, but not forge one.
        var result = await RunAsync("python3 -c 'import resource; resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))'; exit 5");

        (result.Outcome, result.ExitCode).ShouldBe((SandboxOutcome.Exited, 5));
    }
}
