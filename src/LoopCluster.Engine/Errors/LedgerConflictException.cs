namespace LoopCluster.Engine.Errors;

/// <summary>
/// The append lost: another driver took the loop, or another entry holds this <c>seq</c>. The loser stops; it never retries.
/// </summary>
public sealed class LedgerConflictException(string message) : LoopClusterException("ledger-conflict", message);
