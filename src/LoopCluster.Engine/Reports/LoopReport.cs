using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Reports;

/// <summary>
/// A loop as <c>run --json</c>, <c>show --json</c> and the API tell it. Members that have no value yet are null, never absent.
/// </summary>
public sealed record LoopReport
{
    public required string Id { get; init; }

    public required LoopStatus Status { get; init; }

    /// <summary>What a command that drove the loop exits with; null while it runs.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Why it stopped, in words.</summary>
    public string? Reason { get; init; }

    public LoopStage? Stage { get; init; }

    /// <summary>The running or last attempt, from 1; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>How many the budget allows.</summary>
    public int Attempts { get; init; }

    public int Turns { get; init; }

    public required ReportTokens Tokens { get; init; }

    public decimal Cost { get; init; }

    /// <summary>
    /// Of <see cref="Cost"/>, what no endpoint has billed: replies without a believable usage and requests of unknown outcome, at their
    /// reservation.
    /// </summary>
    public decimal CostAssumed { get; init; }

    public double SandboxSeconds { get; init; }

    /// <summary>What the same tokens would have cost of the dearest model the loop has.</summary>
    public decimal CostAtDearest { get; init; }

    /// <summary>Where tokens and <see cref="Cost"/> went: one element for each agent, model, tier and cause.</summary>
    public IReadOnlyList<ModelBill> Bills { get; init; } = [];

    /// <summary>When they were spent.</summary>
    public IReadOnlyList<SpendDay> Days { get; init; } = [];

    public required IReadOnlyList<ReportGate> Gates { get; init; }

    public required ReportChanges Changes { get; init; }

    /// <summary>Branch the change was delivered to, when the workspace is a local repository.</summary>
    public string? Branch { get; init; }

    /// <summary>The local repository that has <see cref="Branch"/>; null without one.</summary>
    public string? Repository { get; init; }

    /// <summary>Branch with every step, when the spec asks for it.</summary>
    public string? Steps { get; init; }

    /// <summary>
    /// Of a verified loop the delivered one: one commit on the base, of the tree that the gates passed on. Before, that of the last step.
    /// </summary>
    public required string Commit { get; init; }

    /// <summary>Paths of the change that do not count: the gates saw, and the delivered commit has, the base's files there.</summary>
    public IReadOnlyList<string> Restored { get; init; } = [];

    /// <summary>What the gates rest on and is therefore taken from the base; null in loops that an earlier version created.</summary>
    public Engine.Gates.Protection? Protected { get; init; }

    /// <summary>Path of the proof, once verified.</summary>
    public string? Proof { get; init; }

    /// <summary>
    /// An answer of a person (<c>tool</c>, <c>change</c>), the end of an outage (<c>model</c>, <c>sandbox</c>, <c>gate</c>) or of a pause
    /// (<c>person</c>).
    /// </summary>
    public ReportWaiting? WaitingFor { get; init; }

    /// <summary>Once it is verified, a person is to look at it afterwards: it is in the sample of <c>review</c>.</summary>
    public bool Sampled { get; init; }

    /// <summary>The steps of the plan, and how far they are; null without one.</summary>
    public ReportPlan? Plan { get; init; }

    public required ReportLedger Ledger { get; init; }

    /// <summary>One element an attempt.</summary>
    public required IReadOnlyList<ReportAttempt> Log { get; init; }

    /// <summary>Model by role; a scripted one is called <c>script</c>.</summary>
    public required IReadOnlyDictionary<string, string> Models { get; init; }

    /// <summary>The loop and entry a fork goes on from.</summary>
    public ReportParent? Parent { get; init; }

    /// <param name="proofFile">Where a verified loop's proof is.</param>
    public static LoopReport Of(LoopState state, Func<LoopId, string>? proofFile = null) =>
        new()
        {
            Id = state.Id.Value,
            Status = state.Status,
            ExitCode = state.Status is LoopStatus.Running or LoopStatus.Queued ? null : ExitCodes.For(state.Status),
            Reason = state.StopReason,
            Stage = state.Stage,
            Attempt = state.Attempt,
            Attempts = state.Spec.Budget.Attempts,
            Turns = state.Spend.Turns,
            Tokens = new ReportTokens(state.Spend.TokensIn, state.Spend.TokensOut)
            {
                Cached = state.Spend.TokensCached,
                Assumed = state.Spend.TokensAssumed,
            },
            Cost = state.Spend.Cost,
            CostAssumed = state.Spend.CostAssumed,
            SandboxSeconds = state.Spend.SandboxSeconds,
            CostAtDearest = ModelBill.AtDearest(state.Bills, state.Created.Models.Values.Select(m => m.Price)),
            Bills = state.Bills,
            Days = state.Days,
            Gates = [.. state.Spec.Gates.Select(gate => ReportGate.Of(state, gate))],
            Changes = state.Verified?.Delivered is { } made
                ? new ReportChanges(made.Files, made.Lines)
                : new ReportChanges(state.Workspace.Files, state.Workspace.Lines),
            Branch = state.Verified?.Branch,
            Repository = state.Verified?.Branch is null ? null : state.Spec.Workspace.Path,
            Steps = state.Verified?.Delivered?.Steps,
            Commit = state.Verified?.Delivered?.Commit ?? state.Workspace.Commit,
            Protected = state.Imported.Protection,
            Restored = state.Verified?.Delivered?.Restored ?? LastRestored(state),
            Proof = state.Verified is null ? null : proofFile?.Invoke(state.Id),
            WaitingFor = ReportWaiting.Of(state),
            Sampled = Engine.Gates.Sampling.Takes(state.Id, state.Spec.Review?.Sample),
            Plan = ReportPlan.Of(state),
            Ledger = new ReportLedger(state.Seq, state.Head.ToString()),
            Log = [.. state.Log.Select(ReportAttempt.Of)],
            Models = state.Created.Models.ToDictionary(m => m.Key, m => m.Value.Name),
            Parent = state.Fork is { } fork ? new ReportParent(fork.Parent.Value, fork.Seq) : null,
        };

    private static IReadOnlyList<string> LastRestored(LoopState state) =>
        state
            .Spec.Gates.Select(g => state.GateResults.GetValueOrDefault(g.Name))
            .FirstOrDefault(r => r?.Tree == state.Workspace.Tree)
            ?.Restored
        ?? [];

    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Readable.LoopReport);
}

/// <summary>Tokens as billed, or as held back where no bill is known.</summary>
public sealed record ReportTokens(long In, long Out)
{
    /// <summary>Of <see cref="In"/>, what came from the endpoint's cache.</summary>
    public long Cached { get; init; }

    /// <summary>Of both together, what was assumed.</summary>
    public long Assumed { get; init; }
}

/// <summary>Against the base: files that differ, lines added and removed.</summary>
public sealed record ReportChanges(int Files, int Lines);

/// <summary>Entries so far and the hash of the last.</summary>
public sealed record ReportLedger(long Events, string Head);

public sealed record ReportParent(string Id, long Seq);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoopReport))]
[JsonSerializable(typeof(CostReport))]
[JsonSerializable(typeof(IReadOnlyList<UsagePeriod>))]
[JsonSerializable(typeof(RouteCause))]
public sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Indented, for people and pipes.</summary>
    public static ReportJson Readable { get; } =
        new(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                WriteIndented = true,
            }
        );
}
