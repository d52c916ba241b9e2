using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Processes;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>What <c>examples/</c> holds runs as it is, with no network and no model.</summary>
[Trait("Category", "Docker")]
public sealed class ExamplesTests : IDisposable
{
    private static readonly string Examples = Path.Combine(FindRoot(), "examples");

    private readonly TestFiles _files = new();

    public static TheoryData<string> Folders =>
        [.. Directory.EnumerateDirectories(Examples).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public void Dispose() => _files.Dispose();

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public async Task Check_EveryExample_IsFitToRunOffline(string folder)
    {
        await SkipWithoutEngineAsync();

        var check = await LoopProcess.RunAsync(
            _files.At("data"),
            "run",
            Path.Combine(Examples, folder, "loop.yaml"),
            "--check",
            "--offline",
            "--json"
        );

        check.ExitCode.ShouldBe(0, check.ToString());
        check.Json.GetProperty("ok").GetBoolean().ShouldBeTrue();
        var checks = check.Json.GetProperty("checks").EnumerateArray().ToList();
        checks.Select(c => c.GetProperty("health").GetString()).ShouldAllBe(h => h == "good");
        checks
            .Single(c => c.GetProperty("name").GetString() == "endpoint")
            .GetProperty("detail")
            .GetString()
            .ShouldNotBeNull()
            .ShouldContain("is scripted: nothing has to be reached");
        check.Json.GetProperty("gates").EnumerateArray().ShouldAllBe(g => g.GetProperty("outcome").GetString() == "failed");
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public async Task Run_EveryExample_IsVerified(string folder)
    {
        await SkipWithoutEngineAsync();

        var run = await LoopProcess.RunAsync(_files.At("data"), "run", Path.Combine(Examples, folder, "loop.yaml"), "--json");

        run.ExitCode.ShouldBe(0, run.ToString());
        run.Json.GetProperty("status").GetString().ShouldBe("verified");
        run.Json.GetProperty("gates").EnumerateArray().ShouldAllBe(g => g.GetProperty("passed").GetBoolean());
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "LoopCluster.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run outside the source tree");
        }

        return directory;
    }

    private async Task SkipWithoutEngineAsync()
    {
        var doctor = await LoopProcess.RunAsync(_files.At("doctor"), "doctor", "--json");
        var engine = doctor
            .Json.GetProperty("checks")
            .EnumerateArray()
            .Single(c => c.GetProperty("name").GetString() == "container engine");
        Skip.If(
            engine.GetProperty("health").GetString() != "good",
            $"needs a container engine with loopcluster/sandbox: {engine.GetProperty("detail").GetString()}"
        );
    }
}
