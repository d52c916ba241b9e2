using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;

namespace LoopCluster.Runtime.Tests.Driver;

/// <summary>
/// Two loops share a layer only when nothing that made it differs: a shared one would carry what another image, network or tenant let in.
/// </summary>
public sealed class LayerKeyTests
{
    [Fact]
    public void KeyOf_AnyPartDiffers_IsAnotherKey()
    {
        var (prepare, limits) = (new PrepareSpec { Run = "make", Allow = ["a:1"] }, new SandboxLimits());
        string[] keys =
        [
            Key(prepare, limits),
            Key(prepare, limits, tenant: "other"),
            Key(prepare, limits, image: "sha256:2"),
            Key(prepare, limits, tree: "t2"),
            Key(prepare with { Run = "make x" }, limits),
            Key(prepare with { Allow = [] }, limits),
            Key(prepare with { Allow = ["a:1", "b:1"] }, limits),
            Key(prepare with { Allow = ["a:1\",\"b:1"] }, limits),
            Key(prepare with { Timeout = Duration.FromMinutes(1) }, limits),
            Key(prepare, limits with { Memory = 1 << 20 }),
            Key(prepare, limits with { Cpus = 2 }),
            Key(prepare, limits with { Pids = 2 }),
            Key(prepare, limits with { Timeout = Duration.FromMinutes(1) }),
        ];

        keys.ShouldBeUnique();
    }

    [Fact]
    public void KeyOf_OnlyTheLoopDiffers_IsTheSameKey()
    {
        var prepare = new PrepareSpec { Run = "make" };

        Key(prepare, new SandboxLimits(), loop: "a").ShouldBe(Key(prepare, new SandboxLimits(), loop: "b"));
    }

    private static string Key(
        PrepareSpec prepare,
        SandboxLimits limits,
        string tenant = "t",
        string image = "sha256:1",
        string tree = "t1",
        string loop = "l"
    )
    {
        var spec = new LoopSpec
        {
            Goal = "g",
            Workspace = new WorkspaceSpec(),
            Models = new Dictionary<string, ModelSpec>(),
            Prepare = prepare,
            Sandbox = limits,
        };
        var created = new LoopCreated
        {
            Tenant = tenant,
            Spec = spec,
            Models = new Dictionary<string, ModelBinding>(),
            Tools = [],
            Versions = EngineVersions.Current,
        };
        return BasePreparer.KeyOf(
            image,
            new LoopState
            {
                Id = new LoopId(loop),
                Created = created,
                Spec = spec,
                Versions = EngineVersions.Current,
                Imported = new BaseImported { Base = new BaseSnapshot("c", tree, new BlobRef("h", 1)) },
            }
        );
    }
}
