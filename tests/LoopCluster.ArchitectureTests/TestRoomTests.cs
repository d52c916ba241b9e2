using System.Xml.Linq;

namespace LoopCluster.ArchitectureTests;

/// <summary>Arrows of tests and benchmarks, as the project files have them.</summary>
public sealed class TestRoomTests
{
    /// <summary>What suites and benchmarks share: no test is found in these.</summary>
    private static readonly string[] Shared =
    [
        "LoopCluster.TestKit",
        "LoopCluster.ClusterKit",
        "LoopCluster.FaultHost",
        "LoopCluster.Bench",
    ];

    private static readonly Dictionary<string, string> Files = new[] { "src", "tests", "bench" }
        .SelectMany(room => Directory.EnumerateFiles(Path.Combine(Root(), room), "*.csproj", SearchOption.AllDirectories))
        .ToDictionary(f => Path.GetFileNameWithoutExtension(f)!);

    public static TheoryData<string> Rooms =>
        [.. Files.Where(f => !f.Value.StartsWith(Path.Combine(Root(), "src"), StringComparison.Ordinal)).Select(f => f.Key)];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void References_OfATestRoom_LeadToTheProductAndToWhatIsShared(string project)
    {
        var others = References(project).Where(r => !Files[r].StartsWith(Path.Combine(Root(), "src"), StringComparison.Ordinal)).ToArray();
        string[] allowed = project switch
        {
            "LoopCluster.ClusterKit" => [],
            "LoopCluster.TestKit" or "LoopCluster.FaultHost" => ["LoopCluster.ClusterKit"],
            "LoopCluster.Bench" => ["LoopCluster.ClusterKit", "LoopCluster.FaultHost"],
            _ when project.EndsWith("Tests", StringComparison.Ordinal) => Shared,
            _ => throw new InvalidOperationException($"{project}: a new room for tests has its place here"),
        };

        others.Except(allowed).ShouldBeEmpty($"{project}: no suite builds on another suite");
    }

    /// <summary>What drivers' contracts need is small; a kit that knew an executable would make every suite know every driver.</summary>
    [Theory]
    [InlineData("LoopCluster.TestKit")]
    [InlineData("LoopCluster.ClusterKit")]
    public void References_OfAKit_LeadToNoExecutable(string kit) =>
        References(kit).Select(r => XDocument.Load(Files[r])).ShouldAllBe(p => !p.Descendants("OutputType").Any());

    private static IEnumerable<string> References(string project) =>
        XDocument
            .Load(Files[project])
            .Descendants("ProjectReference")
            .Select(e => Path.GetFileNameWithoutExtension(((string)e.Attribute("Include")!).Replace('\\', '/')));

    private static string Root() => RoomTests.Root;
}
