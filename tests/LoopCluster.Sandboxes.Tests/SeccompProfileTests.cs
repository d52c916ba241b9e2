using System.Text.Json;
using LoopCluster.Sandboxes.Seccomp;

namespace LoopCluster.Sandboxes.Tests;

public sealed class SeccompProfileTests
{
    private static readonly JsonElement Root = JsonDocument.Parse(SeccompProfile.Json).RootElement;

    [Theory]
    [
        InlineData("ptrace"),
        InlineData("process_vm_readv"),
        InlineData("process_vm_writev"),
        InlineData("process_madvise"),
        InlineData("kcmp"),
        InlineData("pidfd_getfd")
    ]
    [
        InlineData("io_uring_setup"),
        InlineData("io_uring_enter"),
        InlineData("io_uring_register"),
        InlineData("bpf"),
        InlineData("perf_event_open"),
        InlineData("userfaultfd")
    ]
    [
        InlineData("keyctl"),
        InlineData("add_key"),
        InlineData("request_key"),
        InlineData("unshare"),
        InlineData("setns"),
        InlineData("clone3"),
        InlineData("syslog")
    ]
    [
        InlineData("mount"),
        InlineData("umount2"),
        InlineData("pivot_root"),
        InlineData("chroot"),
        InlineData("fsopen"),
        InlineData("fsmount"),
        InlineData("fsconfig")
    ]
    [
        InlineData("fspick"),
        InlineData("move_mount"),
        InlineData("open_tree"),
        InlineData("open_tree_attr"),
        InlineData("mount_setattr"),
        InlineData("open_by_handle_at")
    ]
    [
        InlineData("kexec_load"),
        InlineData("kexec_file_load"),
        InlineData("init_module"),
        InlineData("finit_module"),
        InlineData("delete_module"),
        InlineData("reboot")
    ]
    [
        InlineData("swapon"),
        InlineData("swapoff"),
        InlineData("acct"),
        InlineData("quotactl"),
        InlineData("settimeofday"),
        InlineData("clock_settime"),
        InlineData("adjtimex")
    ]
    [
        InlineData("sethostname"),
        InlineData("setdomainname"),
        InlineData("iopl"),
        InlineData("ioperm"),
        InlineData("modify_ldt"),
        InlineData("socketcall"),
        InlineData("ipc")
    ]
    public void Json_DangerousCall_IsNowhereAllowed(string name) =>
        RulesOf(name).ShouldAllBe(rule => rule.GetProperty("action").GetString() == "SCMP_ACT_ERRNO");

    [Theory]
    [InlineData("socket", "0=1|0=2|0=10|0=16,2=0")]
    [InlineData("clone", "0&2114060288=0")]
    [InlineData("personality", "0=0|0=8|0=4294967295")]
    public void Json_CallAllowedInPart_IsBoundByItsArguments(string name, string expected)
    {
        var rules = RulesOf(name);

        rules.ShouldAllBe(rule => rule.GetProperty("action").GetString() == "SCMP_ACT_ALLOW");
        string.Join('|', rules.Select(rule => string.Join(',', rule.GetProperty("args").EnumerateArray().Select(Argument))))
            .ShouldBe(expected);
    }

    [Fact]
    public void Json_AnythingElse_FailsWithoutEndingTheProcess()
    {
        Root.GetProperty("defaultAction").GetString().ShouldBe("SCMP_ACT_ERRNO");
        // Without a list of architectures an engine takes the machine's own alone.
        Root.EnumerateObject().Select(p => p.Name).ShouldBe(["defaultAction", "syscalls"]);
    }

    [Fact]
    public void Json_NewerCallsThatHaveAnOlderWay_AreMissingNotForbidden() =>
        ((string[])["clone3", "io_uring_setup", "statmount"]).ShouldAllBe(name =>
            RulesOf(name).Single().GetProperty("errnoRet").GetInt32() == 38
        );

    [Fact]
    public void Ensure_Twice_LeavesOneFileWithTheText()
    {
        var state = Directory.CreateTempSubdirectory("loopcluster-seccomp-");
        try
        {
            var path = SeccompProfile.Ensure(state.FullName);

            SeccompProfile.Ensure(state.FullName).ShouldBe(path);
            File.ReadAllText(path).ShouldBe(SeccompProfile.Json);
            state.EnumerateFiles().Select(f => f.FullName).ShouldBe([path]);
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static List<JsonElement> RulesOf(string name) =>
        [
            .. Root.GetProperty("syscalls")
                .EnumerateArray()
                .Where(rule => rule.GetProperty("names").EnumerateArray().Any(n => n.GetString() == name)),
        ];

    private static string Argument(JsonElement argument) =>
        argument.GetProperty("op").GetString() switch
        {
            "SCMP_CMP_EQ" => $"{argument.GetProperty("index")}={argument.GetProperty("value")}",
            "SCMP_CMP_MASKED_EQ" => $"{argument.GetProperty("index")}&{argument.GetProperty("value")}={argument.GetProperty("valueTwo")}",
            var other => throw new InvalidDataException(other),
        };
}
