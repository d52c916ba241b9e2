using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.EngineApi;
using LoopCluster.Sandboxes.Seccomp;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

public sealed class CreateParametersTests
{
    private static readonly SandboxShape Shape = new()
    {
        ImageId = "sha256:abc",
        WorkspaceDirectory = "/data/work/a",
        Limits = new SandboxLimits
        {
            Memory = 64 << 20,
            Cpus = 0.5,
            Pids = 10,
        },
    };

    private static ContainerPlan Plan(string? egress = null) =>
        ContainerPlan.Create(
            new DockerSandboxOptions(),
            "65532:65532",
            new ContainerFiles("/data/waiter", "/data/seccomp.json"),
            "inst.boot.ns.1.2",
            new SandboxOwner(new LoopId("loop-1"), 3, "tenant"),
            Shape,
            new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
            egress
        );

    [Theory]
    [InlineData(null)]
    [InlineData("/data/egress")]
    public void Build_EveryContainer_IsHardened(string? egress)
    {
        var parameters = CreateParameters.Build(Plan(egress));
        var host = parameters.HostConfig!;

        (parameters.User, parameters.Image, parameters.Tty).ShouldBe(("65532:65532", "sha256:abc", false));
        (host.NetworkMode, host.ReadonlyRootfs, host.Privileged, host.AutoRemove).ShouldBe(("none", true, false, true));
        (host.Memory, host.MemorySwap, host.NanoCPUs, host.PidsLimit).ShouldBe((64L << 20, 64L << 20, 500_000_000, 12));
        host.CapDrop.ShouldBe(["ALL"]);
        host.CapAdd.ShouldBeNull();
        host.SecurityOpt.ShouldBe(["no-new-privileges", "seccomp=" + SeccompProfile.Json]);
        host.Sysctls!["net.ipv4.ip_unprivileged_port_start"].ShouldBe("0");
        host.LogConfig.Type.ShouldBe("none");
        host.Tmpfs!["/tmp"].ShouldBe("rw,exec,nosuid,nodev,size=33554432,mode=1777");
        host.Ulimits.Select(u => (u.Name, u.Soft, u.Hard))
            .ShouldBe([("nofile", 4096, 4096), ("fsize", 4L << 30, 4L << 30), ("core", 0, 0)]);
        host.Binds.ShouldBeNull();
        host.Devices.ShouldBeNull();
        parameters.Env.ShouldBeNull();
        host.Mounts!.ShouldAllBe(m =>
            m.Type == "bind" && (m.ReadOnly == true || m.Target == "/workspace") && !m.Source!.EndsWith(".sock", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Build_Waiter_IsTheFirstProcessAndItsInputEndsWithTheConnection()
    {
        var parameters = CreateParameters.Build(Plan("/data/egress"));

        parameters.Entrypoint.ShouldBe(["/loopcluster/waiter"]);
        parameters.Cmd.ShouldBe(["4000", "600000", "egress"]);
        (parameters.OpenStdin, parameters.StdinOnce, parameters.HostConfig!.Init).ShouldBe((true, true, false));
        parameters
            .HostConfig.Mounts!.Select(m => (m.Source, m.Target))
            .ShouldBe([("/data/work/a", "/workspace"), ("/data/waiter", "/loopcluster/waiter"), ("/data/egress", "/loopcluster/egress")]);
    }

    [Fact]
    public void Build_Labels_AreThoseTheOutsideReliesOn() =>
        CreateParameters
            .Build(Plan())
            .Labels.ShouldBe(
                new Dictionary<string, string>
                {
                    ["loopcluster.owner"] = "inst.boot.ns.1.2",
                    ["loopcluster.loop"] = "loop-1",
                    ["loopcluster.epoch"] = "3",
                    ["loopcluster.tenant"] = "tenant",
                    ["loopcluster.deadline"] = "2030-01-02T02:04:05Z",
                },
                ignoreOrder: true
            );
}
