using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Policy;

namespace LoopCluster.ArchitectureTests;

/// <summary>
/// Reads what each assembly of the product calls: rules are asked for where they are written, and nobody else makes a decision. Runtime
/// brings facts and results.
/// </summary>
public sealed class DecisionTests
{
    /// <summary>What the machine and the rules decide: outside the engine nobody constructs one.</summary>
    private static readonly Type[] Decisions =
    [
        typeof(StageEntered),
        typeof(AttemptStarted),
        typeof(AttemptFailed),
        typeof(PrepareStarted),
        typeof(PrepareFailed),
        typeof(ModelRequested),
        typeof(ToolRequested),
        typeof(GateStarted),
        typeof(GateCompleted),
        typeof(ApprovalAsked),
        typeof(BudgetOverrun),
        typeof(PlanMade),
        typeof(PlanRefused),
        typeof(StepChecked),
        typeof(SkillsChosen),
        typeof(LoopParked),
        typeof(LoopStopped),
        typeof(CancelRequested),
        typeof(PauseRequested),
        typeof(ResumeRequested),
        typeof(MessageReceived),
        typeof(ApprovalGiven),
        typeof(LoopQueued),
        typeof(LoopAdmitted),
        typeof(PolicyDecision),
        typeof(Settlement),
        typeof(SignalVerdict),
    ];

    public static TheoryData<string> Others => [.. ProductAssemblies.All.Select(a => a.GetName().Name!).Where(IsProduct)];

    [Theory]
    [MemberData(nameof(Others))]
    public void Decisions_OutsideTheEngine_AreNotConstructed(string assembly) =>
        CallsOf(assembly).Where(c => c.Member == ".ctor" && Decisions.Any(d => d.FullName == c.Type)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Others))]
    public void Machine_OutsideRuntime_IsNotAsked(string assembly) =>
        CallsOf(assembly)
            .Any(c => c == (typeof(LoopMachine).FullName!, nameof(LoopMachine.Next)))
            .ShouldBe(assembly == "LoopCluster.Runtime");

    [Fact]
    public void Machine_InRuntime_IsAskedByWhoeverDrivesAlone()
    {
        var folder = Path.Combine(RoomTests.Root, "src", "LoopCluster.Runtime");
        Directory
            .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(f => File.ReadAllText(f).Contains("LoopMachine.Next(", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(folder, f))
            .ShouldBe(["Driver/LoopDriver.cs", "Driver/BaselineCheck.cs"], ignoreOrder: true);
    }

    /// <summary>Kits, fault host and bench are no product: they may write a history.</summary>
    private static bool IsProduct(string name) =>
        name
            is not (
                "LoopCluster.Engine"
                or "LoopCluster.TestKit"
                or "LoopCluster.ClusterKit"
                or "LoopCluster.FaultHost"
                or "LoopCluster.Bench"
            );

    private static List<(string Type, string Member)> CallsOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(ProductAssemblies.All.Single(a => a.GetName().Name == assembly).Location));
        var metadata = file.GetMetadataReader();
        var calls = new List<(string, string)>();
        foreach (
            var member in metadata
                .MemberReferences.Select(metadata.GetMemberReference)
                .Where(m => m.Parent.Kind == HandleKind.TypeReference)
        )
        {
            var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            calls.Add(($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}", metadata.GetString(member.Name)));
        }

        calls.ShouldNotBeEmpty();
        return calls;
    }
}
