using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Proofs;

/// <summary>Holds a statement whose signature is right against the ledger it speaks of, where that is at hand.</summary>
public sealed class ProofLedgerCheck(ILoopLedger ledger)
{
    /// <param name="file">The whole file: the ledger names a proof by its hash.</param>
    /// <returns>Null when the ledger does not have the loop: nothing is said.</returns>
    public async ValueTask<Verification?> RunAsync(
        ExitStatement statement,
        ReadOnlyMemory<byte> file,
        Verification so,
        CancellationToken cancellationToken
    )
    {
        if (!LoopId.TryParse(statement.Predicate.Loop, out var loop))
        {
            return Verification.Bad(so.Checked, null, null, "it names no loop");
        }

        try
        {
            if (await new LoopLoader(ledger).LoadAsync(loop, cancellationToken).ConfigureAwait(false) is not { } state)
            {
                return null;
            }

            var said = statement.Predicate.Ledger;
            var fault =
                statement.IsProof ? ProofFault(statement, state, Convert.ToHexStringLower(SHA256.HashData(file.Span)))
                : state.Status != statement.Predicate.Outcome ? "the ledger has another outcome"
                : null;
            if (fault is null && await HeadAsync(loop, said.Events, cancellationToken).ConfigureAwait(false) != said.Head)
            {
                return Verification.Bad(so.Checked, null, said.Events, "the ledger has another entry at the head that it names");
            }

            return fault is null ? Verification.Good(so.Checked + 1) : Verification.Bad(so.Checked, null, state.Seq, fault);
        }
        catch (LedgerCorruptException e)
        {
            return Verification.Bad(so.Checked, e.File, e.Seq, $"its ledger is damaged: {e.Message}");
        }
    }

    private static string? ProofFault(ExitStatement statement, LoopState state, string hash) =>
        state.Verified is not { } verified ? "the ledger does not say that this loop is verified"
        : verified.Proof.Hash != hash ? $"the ledger names another proof ({verified.Proof.Hash}) than this one ({hash})"
        : verified.Delivered is { } made && (made.Commit != statement.Commit || made.Tree != statement.Tree)
            ? $"the ledger says that commit {made.Commit} with tree {made.Tree} was delivered"
        : null;

    private async ValueTask<string?> HeadAsync(LoopId loop, long seq, CancellationToken cancellationToken)
    {
        await foreach (var line in ledger.ReadAsync(loop, seq, cancellationToken).ConfigureAwait(false))
        {
            return line.Seq == seq ? line.Hash.ToString() : null;
        }

        return null;
    }
}
