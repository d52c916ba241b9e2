using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Specs;

public sealed class SandboxCapsTests
{
    private static readonly SandboxCaps Caps = new()
    {
        Memory = 2L << 30,
        Cpus = 2,
        Pids = 300,
        Timeout = TimeSpan.FromMinutes(5),
    };

    [Fact]
    public void Check_SpecAsksForAsMuchAsItMay_IsTaken() =>
        Should.NotThrow(() =>
            Caps.Check(
                With(
                    new SandboxLimits
                    {
                        Memory = Caps.Memory,
                        Cpus = Caps.Cpus,
                        Pids = Caps.Pids,
                        Timeout = new Duration(Caps.Timeout),
                    }
                )
            )
        );

    [Fact]
    public void Check_SpecAsksForMore_IsRefusedWithEveryKeyWhatItAsksAndWhatItMay()
    {
        var spec = With(
            new SandboxLimits
            {
                Memory = 3L << 30,
                Cpus = 2.5,
                Pids = 301,
                Timeout = Duration.FromSeconds(301),
            }
        ) with
        {
            Prepare = new PrepareSpec { Run = "make", Timeout = Duration.FromMinutes(6) },
        };
        spec = spec with { Gates = [spec.Gates[0], spec.Gates[0] with { Timeout = Duration.FromMinutes(10) }] };

        var refused = Should.Throw<BadInputException>(() => Caps.Check(spec));

        refused.Code.ShouldBe("sandbox-limit");
        refused
            .Faults.Select(f => (f.Path, f.Message.Split(':')[0]))
            .ShouldBe([
                ("sandbox.memory", "asks for 3072m, this server allows at most 2048m"),
                ("sandbox.cpus", "asks for 2.5, this server allows at most 2"),
                ("sandbox.pids", "asks for 301, this server allows at most 300"),
                ("sandbox.timeout", "asks for 301s, this server allows at most 300s"),
                ("prepare.timeout", "asks for 360s, this server allows at most 300s"),
                ("gates[1].timeout", "asks for 600s, this server allows at most 300s"),
            ]);
        refused.Faults[0].Message.ShouldEndWith("LoopCluster:Sandbox:MostMemory");
        refused.Faults[5].Message.ShouldEndWith("LoopCluster:Sandbox:MostTimeout");
    }

    [Fact]
    public void Check_WithoutCaps_TakesWhatTheFormatAllows() =>
        Should.NotThrow(() =>
            SandboxCaps.None.Check(
                With(
                    new SandboxLimits
                    {
                        Memory = 1L << 40,
                        Cpus = 1024,
                        Pids = 65_536,
                        Timeout = Duration.FromMinutes(360),
                    }
                )
            )
        );

    private static LoopSpec With(SandboxLimits limits) =>
        Sample.Spec(new CommandGate { Name = "test", Run = "make test" }) with
        {
            Sandbox = limits,
        };
}
