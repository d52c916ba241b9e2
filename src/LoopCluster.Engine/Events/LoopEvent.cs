namespace LoopCluster.Engine.Events;

/// <summary>
/// Something that happened to a loop. Events are only ever added to; none changes meaning. One ledger entry carries one event, or several
/// that became durable together (see <c>docs/ledger.md</c>).
/// </summary>
public abstract record LoopEvent;
