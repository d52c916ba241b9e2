using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Workspaces.Tests;

/// <summary>
/// What a gate's own commands can do to the room they run in. A server that is root takes the files away from them; any other is the same
/// user, and sees it.
/// </summary>
public sealed class RoomGuardTests : WorkspaceTest
{
    private static readonly bool IsRoot = WorkspaceBench.Shell("/", "id -u").Trim() == "0";

    [Theory]
    [InlineData("echo x > test_calc.py")]
    [InlineData("chmod u+w test_calc.py; echo x > test_calc.py")]
    [InlineData("rm -f test_calc.py; echo x > test_calc.py")]
    [InlineData("echo x > mine; mv -f mine test_calc.py")]
    [InlineData("mv tests old; mkdir tests")]
    [InlineData("rm -f tests/test_deep.py")]
    [InlineData("chmod u+w . tests; echo x > tests/mine; mv -f tests/mine tests/test_deep.py")]
    public async Task Replaced_CommandTouchesWhatIsProtected_ItIsSeenOrCannotBeDone(string command)
    {
        await using var room = await RoomAsync();

        Run(room, command);

        if (IsRoot)
        {
            Text(room, "test_calc.py").ShouldBe("right\n");
            Text(room, "tests/test_deep.py").ShouldBe("deep\n");
        }
        else
        {
            // Taking the write bit away keeps out what does not ask for it; the rest is seen.
            (
                room.Replaced.Count > 0 || (Text(room, "test_calc.py") == "right\n" && Text(room, "tests/test_deep.py") == "deep\n")
            ).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("echo x > sitecustomize.py; rm sitecustomize.py", "sitecustomize.py")]
    [InlineData("echo x > unittest.py", "unittest.py")]
    [InlineData("mkdir test_calc; touch test_calc/__init__.py; rm -r test_calc", "test_calc/__init__.py")]
    [InlineData("echo x > test_calc.so", "test_calc.so")]
    public async Task Replaced_CommandPutsSomethingInItsPlace_IsSeenEvenWhenItIsGone(string command, string path)
    {
        await using var room = await RoomAsync();

        Run(room, command);

        // A directory that is gone before it could be looked into is told of itself.
        room.Replaced.ShouldContain(found => found == path || path.StartsWith(found + "/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Replaced_CommandWritesOutputs_IsEmpty()
    {
        await using var room = await RoomAsync();

        Run(room, "echo x > out.txt; mkdir build; echo x > build/a.o; echo y >> calc.py; echo x > tests/out.xml; rm out.txt").ShouldBe("");

        room.Replaced.ShouldBeEmpty();
    }

    private async Task<IGuardedCheckout> RoomAsync()
    {
        var (start, _) = await Bench.StartAsync(("calc.py", "x\n"), ("test_calc.py", "right\n"), ("tests/test_deep.py", "deep\n"));
        var protection = ProtectionPlan.Make(
            ["calc.py", "test_calc.py", "tests/test_deep.py"],
            [new CommandGate { Name = "t", Run = "python3 -m unittest" }],
            new Dictionary<string, string?>(),
            out _
        );
        return await Bench.Workspaces.CheckoutAsync(
            WorkspaceBench.Loop,
            start.Tree,
            start.Tree,
            new GateGuard([], protection),
            null,
            default
        );
    }

    /// <summary>As the sandbox would: with the sandbox's user where the server is root. Returns what went wrong.</summary>
    private static string Run(IGuardedCheckout room, string command)
    {
        // The room lies below a directory that is the server's alone; a container enters it by its mount.
        var enter = IsRoot ? "setpriv --reuid=65532 --regid=65532 --clear-groups " : "";
        return WorkspaceBench.Shell(room.Directory, $"({enter}sh -c '{command}') 2>&1 || true");
    }

    private static string Text(IGuardedCheckout room, string path) => File.ReadAllText(Path.Combine(room.Directory, path));
}
