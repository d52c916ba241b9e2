using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Ledger;

/// <summary>One ledger entry, read. <see cref="Events"/> became durable together; the first one's type is the entry's type.</summary>
public sealed record LedgerEntry(LoopId Loop, long Seq, DateTimeOffset At, int Epoch, IReadOnlyList<LoopEvent> Events, LedgerHash Hash);
