using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using LoopCluster.Grains.Loops;

namespace LoopCluster.Grains.Tests.Contracts;

/// <summary>
/// Hosts are thin: what the compiled grains know of the engine is a loop's name and state, its ledger lines, and errors. No rule is among
/// it.
/// </summary>
public sealed class ThinHostTests
{
    private static readonly string[] Allowed =
    [
        "LoopCluster.Engine.Errors.BadInputException",
        "LoopCluster.Engine.Errors.InfrastructureException",
        "LoopCluster.Engine.Errors.InputFault",
        "LoopCluster.Engine.Errors.LedgerConflictException",
        "LoopCluster.Engine.Errors.LoopClusterException",
        "LoopCluster.Engine.Events.LoopCreated",
        "LoopCluster.Engine.Ledger.LedgerLine",
        // The engine says when a parked loop is tried again; the keeper asks it.
        "LoopCluster.Engine.Loops.OutageRules",
        "LoopCluster.Engine.Loops.LoopId",
        "LoopCluster.Engine.Loops.LoopState",
        "LoopCluster.Engine.Loops.LoopStatus",
        // What a person sends is handed through as it is; what becomes of it is for SignalRules to say.
        "LoopCluster.Engine.Loops.LoopSignal",
        "LoopCluster.Engine.Loops.CancelSignal",
        "LoopCluster.Engine.Loops.PauseSignal",
        "LoopCluster.Engine.Loops.ResumeSignal",
        "LoopCluster.Engine.Loops.MessageSignal",
        "LoopCluster.Engine.Loops.ApprovalSignal",
        "LoopCluster.Engine.Loops.AdmitSignal",
        "LoopCluster.Engine.Specs.BudgetLimits",
        "LoopCluster.Engine.Specs.SandboxCaps",
    ];

    [Fact]
    public void Grains_KnowOfTheEngine_OnlyStateAndErrors()
    {
        using var file = File.OpenRead(typeof(ILoopGrain).Assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var known = metadata
            .TypeReferences.Select(metadata.GetTypeReference)
            .Select(t => $"{metadata.GetString(t.Namespace)}.{metadata.GetString(t.Name)}")
            .Where(t => t.StartsWith("LoopCluster.Engine.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToArray();

        known.ShouldNotBeEmpty();
        known
            .Except(Allowed)
            .ShouldBeEmpty("a host decides nothing: a rule belongs into the engine, and what hosts share of drivers into the runtime");
    }
}
