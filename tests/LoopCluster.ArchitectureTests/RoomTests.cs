using System.Text.RegularExpressions;
using System.Xml.Linq;
using LoopCluster.Cli.Commands;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.ArchitectureTests;

/// <summary>Reads the project files and sources: rooms, names and numbers that the outside or the next reader relies on.</summary>
public sealed partial class RoomTests
{
    /// <summary>Everything that may know every driver: it puts them together.</summary>
    private static readonly string[] Executables = ["LoopCluster.Cli", "LoopCluster.Silo", "LoopCluster.Bench"];

    internal static readonly string Root = FindRoot();

    public static TheoryData<string> Projects =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
                .Select(p => Path.GetRelativePath(Root, p)),
        ];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_PointOnlyToTheLeft(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        var references = References(project, "ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')))
            .ToArray();

        string[] allowed = name switch
        {
            "LoopCluster.Engine" => [],
            "LoopCluster.Runtime" or "LoopCluster.Client" => ["LoopCluster.Engine"],
            // The requests' and answers' records are the client's.
            "LoopCluster.Api" => ["LoopCluster.Engine", "LoopCluster.Runtime", "LoopCluster.Client"],
            _ when Executables.Contains(name) => references,
            _ => ["LoopCluster.Engine", "LoopCluster.Runtime"],
        };

        references.Except(allowed).ShouldBeEmpty($"{name} may not know these; only executables know every driver");
        references.Intersect(Executables).ShouldBeEmpty("nothing builds on an executable");
        references.ShouldAllBe(r => !r.EndsWith("Tests", StringComparison.Ordinal) && r != "LoopCluster.TestKit");
    }

    /// <summary>A host places and passes on. The grains' tests look at the compiled types as well.</summary>
    [Theory]
    [InlineData("LoopCluster.Grains", "Errors Ledger Loops Specs")]
    [InlineData("LoopCluster.Silo", "Errors")]
    public void Hosts_OfACluster_KnowNoRuleOfTheEngine(string project, string namespaces)
    {
        string[] rules = ["LoopMachine", "LoopFold", "LoopEffect", "Reservations", "LoopDriver.RunAsync", "SignalRules"];
        var sources = Directory
            .EnumerateFiles(Path.Combine(Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(Root, f), File.ReadAllText);

        sources.ShouldNotBeEmpty();
        sources
            .SelectMany(s => EngineNamespace().Matches(s.Value).Select(m => m.Groups[1].Value))
            .Except(namespaces.Split(' '))
            .ShouldBeEmpty();
        sources.Where(s => rules.Any(r => s.Value.Contains(r, StringComparison.Ordinal))).Select(s => s.Key).ShouldBeEmpty();
    }

    [Fact]
    public void Engine_Packages_AreAnalyzersOnly()
    {
        References("src/LoopCluster.Engine/LoopCluster.Engine.csproj", "PackageReference")
            .ShouldAllBe(p => p.EndsWith("Analyzers", StringComparison.Ordinal));
        References("src/LoopCluster.Engine/LoopCluster.Engine.csproj", "FrameworkReference").ShouldBeEmpty();
    }

    /// <summary>It is also for programs of others, and for a page in a browser.</summary>
    [Fact]
    public void Client_NeedsNothingOfAServer()
    {
        References("src/LoopCluster.Client/LoopCluster.Client.csproj", "PackageReference").ShouldBeEmpty();
        References("src/LoopCluster.Client/LoopCluster.Client.csproj", "FrameworkReference").ShouldBeEmpty();
    }

    [Fact]
    public void LogMessages_EventIds_AreUnique()
    {
        var ids =
            from file in Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            from Match match in EventId().Matches(File.ReadAllText(file))
            select (Id: match.Groups[1].Value, File: Path.GetRelativePath(Root, file));

        var all = ids.ToArray();
        all.ShouldNotBeEmpty();
        all.GroupBy(i => i.Id)
            .Where(g => g.Count() > 1)
            .Select(g => $"{g.Key}: {string.Join(", ", g.Select(i => i.File))}")
            .ShouldBeEmpty();
    }

    [Fact]
    public void EventTypes_EveryPromisedName_IsKnown()
    {
        string[] promised =
        [
            "loop-created",
            "loop-forked",
            "driver-started",
            "stage-entered",
            "attempt-started",
            "model-requested",
            "model-replied",
            "tool-requested",
            "tool-completed",
            "workspace-committed",
            "gate-started",
            "gate-completed",
            "attempt-failed",
            "note-kept",
            "message-received",
            "approval-asked",
            "approval-given",
            "deadline-passed",
            "budget-overrun",
            "cancel-requested",
            "loop-migrated",
            "loop-verified",
            "loop-stopped",
            "loop-parked",
            "pause-requested",
            "resume-requested",
        ];

        promised.Except(EventTypes.All).ShouldBeEmpty();
    }

    [Fact]
    public void ExitCodes_AreThePromisedOnes()
    {
        var codes = typeof(ExitCodes).GetFields().ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);

        codes.ShouldBe(
            new Dictionary<string, int>
            {
                ["Verified"] = 0,
                ["InternalError"] = 1,
                ["BadInput"] = 2,
                ["BudgetExhausted"] = 3,
                ["Stuck"] = 4,
                ["Cancelled"] = 5,
                ["GateUnavailable"] = 6,
                ["Unavailable"] = 7,
                ["VerificationFailed"] = 8,
                ["WaitingForPerson"] = 9,
            },
            ignoreOrder: true
        );
    }

    [Theory]
    [InlineData(LoopStatus.Verified, "verified", 0)]
    [InlineData(LoopStatus.Rejected, "rejected", 2)]
    [InlineData(LoopStatus.BudgetExhausted, "budget-exhausted", 3)]
    [InlineData(LoopStatus.Stuck, "stuck", 4)]
    [InlineData(LoopStatus.Cancelled, "cancelled", 5)]
    [InlineData(LoopStatus.GateUnavailable, "gate-unavailable", 6)]
    [InlineData(LoopStatus.Unavailable, "unavailable", 7)]
    [InlineData(LoopStatus.Waiting, "waiting", 9)]
    [InlineData(LoopStatus.Paused, "paused", 9)]
    [InlineData(LoopStatus.Parked, "parked", 7)]
    [InlineData(LoopStatus.Failed, "failed", 1)]
    public void Status_HasItsPromisedNameAndExitCode(LoopStatus status, string name, int code)
    {
        Cli.Output.Names.Of(status).ShouldBe(name);
        ExitCodes.For(status).ShouldBe(code);
    }

    [Fact]
    public void Tools_EveryPromisedName_IsBuiltIn()
    {
        ToolNames.BuiltIn.ShouldBe(
            [
                "shell",
                "read_file",
                "write_file",
                "edit_file",
                "list_files",
                "search",
                "read_output",
                "read_skill",
                "step_done",
                "note",
                "done",
            ],
            ignoreOrder: true
        );
        BuiltInTools.Create(TimeProvider.System).Select(t => t.Definition.Name).ShouldBe(ToolNames.BuiltIn, ignoreOrder: true);
    }

    [Theory]
    [InlineData(
        "run resume ls show events diff replay fork cancel message approvals approve proof ledger audit policy gates skills cost model-server doctor demo up keys cluster"
    )]
    public void Commands_EveryPromisedName_IsThere(string names)
    {
        var commands = RootCommands.Create(new CommonOptions()).Subcommands;

        names.Split(' ').Except(commands.Select(c => c.Name)).ShouldBeEmpty();
        commands.ShouldAllBe(c => !string.IsNullOrWhiteSpace(c.Description));
    }

    [Fact]
    public void Sources_EveryFile_IsShortEnoughToRead()
    {
        var rooms = new[] { "src", "tests", "bench" }.SelectMany(room =>
            Directory.EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories)
        );

        rooms
            .Where(f => File.ReadLines(f).Count() > (f.Contains("Tests", StringComparison.Ordinal) ? 800 : 500))
            .Select(f => Path.GetRelativePath(Root, f))
            .ShouldBeEmpty();
    }

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(Path.Combine(Root, project)).Descendants(kind).Select(e => (string)e.Attribute("Include")!);

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "LoopCluster.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run outside the source tree");
        }

        return directory;
    }

    [GeneratedRegex(@"LoopCluster\.Engine\.(\w+)")]
    private static partial Regex EngineNamespace();

    [GeneratedRegex(@"LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex EventId();
}
