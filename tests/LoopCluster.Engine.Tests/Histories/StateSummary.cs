using System.Globalization;
using System.Text;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Tests.Histories;

/// <summary>What a fold shows to the outside, as text: it does not change when the state gets another property.</summary>
internal static class StateSummary
{
    public static string Of(LoopState state)
    {
        var text = new StringBuilder();
        var spend = state.Spend;
        void Line(string name, object? value) => text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
        Line("loop", state.Id);
        Line("seq", state.Seq);
        Line("head", state.Head);
        Line("epoch", state.Epoch);
        Line("status", state.Status);
        Line("reason", state.StopReason);
        Line("stage", state.Stage);
        Line("attempt", state.Attempt);
        Line("workspace", $"{state.Workspace.Commit} {state.Workspace.Tree} packs {state.Workspace.Packs.Count}");
        Line(
            "spend",
            FormattableString.Invariant(
                $"turns {spend.Turns} in {spend.TokensIn} out {spend.TokensOut} cost {spend.Cost} sandbox {spend.SandboxSeconds} elapsed {spend.Elapsed}"
            )
        );
        foreach (var failed in state.FailedAttempts)
        {
            Line("failed", $"{failed.Attempt} {failed.Signature} {failed.Tree} {failed.Reason.ReplaceLineEndings("|")}");
        }

        foreach (var (gate, result) in state.GateResults.OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Line("gate", $"{gate} {result.Outcome} on {result.Tree}");
        }

        foreach (var note in state.Notes)
        {
            Line("note", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(note)).AsSpan(0, 8)));
        }

        Line(
            "conversation",
            $"items {state.Agents["make"].Conversation.Items.Count} dropped {state.Agents["make"].Conversation.DroppedTurns}"
        );
        var effect = LoopMachine.Next(state);
        Line("next", $"{effect.GetType().Name} {(effect.Intent is { } intent ? Encoding.UTF8.GetString(LedgerCodec.DataOf(intent)) : "")}");
        return text.ToString();
    }
}
