using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Cli;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes.Tests.Cli;

public sealed class RunArgumentsTests
{
    private static readonly SandboxShape Shape = new()
    {
        ImageId = "sha256:abc",
        WorkspaceDirectory = "/data/work/a, \"b\"",
        Limits = new SandboxLimits
        {
            Memory = 64 << 20,
            Cpus = 0.5,
            Pids = 10,
        },
    };

    private static string Build(SandboxShape shape, string? egress = null, EngineKind kind = EngineKind.Docker, bool rootless = false)
    {
        var plan = ContainerPlan.Create(
            new ContainerCliOptions(),
            "65532:65532",
            new ContainerFiles("/data/waiter", "/data/seccomp.json") { Machine = [new("/data/passwd", "/etc/passwd", ReadOnly: true)] },
            "inst.boot.ns.1.2",
            new SandboxOwner(new LoopId("loop-1"), 3, "tenant"),
            shape,
            new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
            egress
        );
        return string.Join(' ', RunArguments.Build(new ContainerEngine("docker", kind, rootless), plan)) + " ";
    }

    [Theory]
    [InlineData("--network none")]
    [InlineData("--user 65532:65532")]
    [InlineData("--cap-drop ALL")]
    [InlineData("--security-opt no-new-privileges")]
    [InlineData("--security-opt seccomp=/data/seccomp.json")]
    [InlineData("--sysctl net.ipv4.ip_unprivileged_port_start=0")]
    [InlineData("--mount type=bind,src=/data/passwd,dst=/etc/passwd,readonly")]
    [InlineData("--read-only")]
    [InlineData("--memory 67108864b --memory-swap 67108864b")]
    [InlineData("--cpus 0.5")]
    [InlineData("--pids-limit 12")]
    [InlineData("--pull never")]
    [InlineData("--log-driver none")]
    [InlineData("--tmpfs /tmp:rw,exec,nosuid,nodev,size=33554432,mode=1777")]
    [InlineData(
        "--label loopcluster.owner=inst.boot.ns.1.2 --label loopcluster.loop=loop-1 --label loopcluster.epoch=3 --label loopcluster.tenant=tenant --label loopcluster.deadline=2030-01-02T02:04:05Z"
    )]
    [InlineData("--mount type=bind,src=/data/waiter,dst=/loopcluster/waiter,readonly")]
    [InlineData("--entrypoint /loopcluster/waiter sha256:abc 4000 600000")]
    public void Build_EveryContainer_IsHardened(string expected)
    {
        foreach (var arguments in (string[])[Build(Shape), Build(Shape with { Egress = ["a:1"] }, egress: "/data/egress")])
        {
            arguments.ShouldContain(expected + " ");
        }
    }

    [Fact]
    public void Build_PathWithCommaAndQuotes_StaysOneField() =>
        Build(Shape).ShouldContain("--mount type=bind,\"src=/data/work/a, \"\"b\"\"\",dst=/workspace ");

    [Fact]
    public void Build_AnyContainer_MountsNoEngineSocketAndPassesNoEnvironment()
    {
        var arguments = Build(Shape, egress: "/data/egress");

        arguments.ShouldNotContain(".sock");
        arguments.ShouldNotContain("--env");
        arguments.ShouldNotContain("--privileged");
        arguments.ShouldNotContain("unconfined");
    }

    [Fact]
    public void Build_RootlessPodman_KeepsTheHostsUser()
    {
        Build(Shape, kind: EngineKind.Podman, rootless: true).ShouldContain("--userns keep-id ");
        Build(Shape, kind: EngineKind.Podman, rootless: false).ShouldNotContain("--userns");
    }

    [Theory]
    [InlineData("not-hex\towner\tloop\t1\t2030-01-01T00:00:00Z")]
    [InlineData("abc\towner\tloop\t1")]
    [InlineData("--all\towner\tloop\t1\t2030-01-01T00:00:00Z")]
    public void ReadLine_LineThatIsNoContainer_IsNull(string line) => ContainerEngine.ReadLine(line).ShouldBeNull();

    [Fact]
    public void ReadLine_Container_HasItsLabels()
    {
        var leftover = ContainerEngine.ReadLine("abc\towner\tloop\t7\t2030-01-01T00:00:00Z")!;

        (leftover.Id, leftover.Owner, leftover.Loop, leftover.Epoch).ShouldBe(("abc", "owner", new LoopId("loop"), 7));
        leftover.Deadline.ShouldBe(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
