using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Proofs;

/// <summary>What a proof or report says, from the state alone: any host that has the ledger says the same.</summary>
public static class ExitPredicates
{
    private const int MostReason = 1000;

    /// <param name="change">What is delivered.</param>
    /// <param name="key">Id of the key that will sign.</param>
    public static ExitPredicate OfVerified(LoopState state, ProofChange change, string key) =>
        Of(state, change, key) with
        {
            Outcome = LoopStatus.Verified,
            Reason = null,
        };

    /// <summary>Of a loop that has ended otherwise.</summary>
    public static ExitPredicate OfStopped(LoopState state, string key) =>
        Of(
            state,
            state.Workspace.Tree.Length == 0
                ? null
                : new ProofChange
                {
                    Tree = state.Workspace.Tree,
                    Steps = state.Workspace.Commit,
                    Files = state.Workspace.Files,
                    Lines = state.Workspace.Lines,
                },
            key
        );

    /// <summary>A gate's log as it belongs beside the proof.</summary>
    public static ReadOnlyMemory<byte> InlineLog(OutputText output) => Encoding.UTF8.GetBytes(output.Text ?? "");

    private static ExitPredicate Of(LoopState state, ProofChange? change, string key) =>
        new()
        {
            Outcome = state.Status,
            Reason = state.StopReason is { } reason ? Start(reason) : null,
            Loop = state.Id.Value,
            Tenant = state.Created.Tenant,
            Goal = state.Spec.Goal,
            GoalSha256 = Hash(Encoding.UTF8.GetBytes(state.Spec.Goal)),
            Parent = state.Fork is { } fork ? new ProofParent(fork.Parent.Value, fork.Seq, fork.Hash) : null,
            CreatedAt = state.CreatedAt,
            EndedAt = state.UpdatedAt,
            Models = new SortedDictionary<string, string>(
                state.Created.Models.ToDictionary(m => m.Key, m => m.Value.Name),
                StringComparer.Ordinal
            ),
            Base = state.IsImported ? new ProofTree(state.Base.Commit, state.Base.Tree) : null,
            Change = change,
            Image = state.Prepared?.ImageId,
            Prepared = state.Prepared?.Layer,
            Gates = [.. state.Spec.Gates.Select((gate, i) => GateOf(state, gate, i + 1))],
            Protection = state.Imported.Protection,
            ApprovedIn = state.Grant?.Seq,
            FailedAttempts = [.. state.FailedAttempts.Select(a => AttemptOf(state, a))],
            Routing = state.Bills,
            Spend = new ProofSpend(
                state.Attempt,
                state.Spend.Turns,
                state.Spend.TokensIn,
                state.Spend.TokensOut,
                state.Spend.TokensCached,
                state.Spend.TokensAssumed,
                state.Spend.Cost,
                state.Spend.CostAssumed,
                state.Spend.SandboxSeconds
            ),
            Ledger = new ProofLedger(state.Seq, state.Head.ToString()),
            Engine = state.Versions,
            Key = key,
        };

    private static ProofGate GateOf(LoopState state, GateSpec gate, int number)
    {
        var result = state.GateResults.GetValueOrDefault(gate.Name);
        var baseline = state.Baseline.GetValueOrDefault(gate.Name);
        var command = gate as CommandGate;
        return new ProofGate
        {
            Name = gate.Name,
            Kind = command is null ? "judge" : "command",
            Run = command?.Run,
            Protect = gate.Protect.Count > 0 ? gate.Protect : null,
            Unprotected = gate.Unprotected ? true : null,
            Evidence = command?.Evidence,
            Outcome = result?.Outcome,
            ExitCode = result?.ExitCode,
            Confirmed = result?.Outcome == GateOutcome.Passed ? result.Run : null,
            FlakyReruns = result?.Rerun,
            Flake = FlakeRules.Of(state, gate),
            ImageId = result?.ImageId,
            Tree = result?.Tree,
            GateTree = result?.GateTree,
            Restored = result?.Restored.Count > 0 ? result.Restored : null,
            Steers = result?.Steers,
            Baseline = baseline?.Outcome,
            BaselineExitCode = baseline?.ExitCode,
            Log = result is null ? null : LogOf(gate, result.Output, number),
            Strength = command is null || state.Imported.Strength is null ? null : StrengthRules.Of(state, command),
            Judge = (gate as JudgeGate)?.Judge,
            Votes = result?.Votes,
        };
    }

    private static ProofFile LogOf(GateSpec gate, OutputText output, int number)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"logs/{number:00}-{gate.Name}.txt");
        if (output.Blob is { } blob)
        {
            return new ProofFile(file, blob.Hash, blob.Bytes);
        }

        var text = InlineLog(output);
        return new ProofFile(file, Hash(text.Span), text.Length);
    }

    private static ProofAttempt AttemptOf(LoopState state, AttemptFailed failed) =>
        new(failed.Attempt, failed.Tree, failed.Signature, Start(failed.Reason))
        {
            Gate = state.Log.FirstOrDefault(t => t.Attempt == failed.Attempt)?.Gate,
            Flaky = failed.Flaky,
        };

    private static string Start(string text) => text.Length <= MostReason ? text : SafeText.Start(text, MostReason - 1) + "…";

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
