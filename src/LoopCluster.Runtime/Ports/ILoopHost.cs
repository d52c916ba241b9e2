using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Ports;

/// <summary>Where drivers run: one process, or a cluster of silos. Everything above knows only this.</summary>
public interface ILoopHost
{
    /// <summary>
    /// Creates a loop and has it driven as soon as its tenant has a place for it. The loop exists, durably, when the task completes, and
    /// nothing else has been waited for.
    /// </summary>
    /// <exception cref="Engine.Errors.BadInputException">Model or spec cannot be used, or the workspace shows at once that it cannot;
    /// nothing was created.</exception>
    ValueTask<LoopId> StartAsync(StartLoop request, CancellationToken cancellationToken);

    /// <summary>
    /// The loop's state as of its last durable entry, or null. Unless it is driven here, its ledger is folded: for showing it,
    /// <see cref="FindAsync"/> does.
    /// </summary>
    ValueTask<LoopView?> GetAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>
    /// What there is to show of the loop, as of its last durable entry, or null. Folds no ledger that the read model has kept up with.
    /// </summary>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The loop is damaged.</exception>
    ValueTask<LoopShown?> FindAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>
    /// Whose loop it is, or null when there is none. Answered from the loop's beginning alone, so also for a loop whose ledger is damaged
    /// further on.
    /// </summary>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The beginning is damaged as well.</exception>
    ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>Every loop, in the order they were created.</summary>
    IAsyncEnumerable<LoopSummary> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// One page of loops, newest first. A loop that starts or changes status while somebody pages may be missed or seen under either
    /// status, never twice.
    /// </summary>
    ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken);

    /// <summary>Hands a signal to the loop's driver; done when its event is durable. The same id again is success.</summary>
    ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken);

    /// <summary>
    /// Entries from <paramref name="fromSeq"/> on, and then each new one as it becomes durable; ends after a terminal event.
    /// </summary>
    IAsyncEnumerable<LedgerLine> WatchAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken);

    /// <summary>
    /// The change against the base as of the last durable entry, a patch that <c>git apply</c> takes; null for an unknown loop. Works on
    /// every host of a cluster.
    /// </summary>
    ValueTask<ReadOnlyMemory<byte>?> DiffAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>
    /// The signed proof of a verified loop, as it was written, or the signed report of one that ended otherwise; null for a loop that is
    /// unknown or has not ended.
    /// </summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>A file that the proof or report names: the patch, a gate's log. Null when there is none or it names no such file.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken);

    /// <summary>Starts a new loop from the state of another after one of its entries.</summary>
    ValueTask<LoopId> ForkAsync(ForkLoop request, CancellationToken cancellationToken);

    /// <summary>
    /// Takes up a loop that is not driven now. A loop that has ended stays as it is; one that is queued stays so until there is a place.
    /// </summary>
    ValueTask ResumeAsync(LoopId loop, CancellationToken cancellationToken);
}

/// <param name="Id">Chosen by the caller, so that a repeated start meets the first one; default: a new one. Starting an id that exists is a
/// <see cref="Engine.Errors.LedgerConflictException"/>.</param>
/// <param name="RequestHash">SHA-256 (hex) of what was asked for, kept in <c>loop-created</c>, so that a repeated start can be told from
/// another one with the same id.</param>
public sealed record StartLoop(string Tenant, LoopSpec Spec, LoopId? Id = null, string? RequestHash = null);

/// <param name="Seq">The parent's entry after which the fork goes on.</param>
/// <param name="Budget">The fork's own; null for as much as the parent was given.</param>
/// <param name="Id">As that of a <see cref="StartLoop"/>.</param>
/// <param name="RequestHash">As that of a <see cref="StartLoop"/>, kept in <c>loop-forked</c>.</param>
public sealed record ForkLoop(LoopId Parent, long Seq, BudgetLimits? Budget = null, LoopId? Id = null, string? RequestHash = null);

/// <param name="Driven">True while this host drives it.</param>
public sealed record LoopShown(LoopRecord Record, bool Driven)
{
    public LoopId Id => Record.Summary.Id;

    /// <summary>The entry it is as of.</summary>
    public long Seq => Record.Seq;

    public LoopStatus Status => Record.Summary.Status;
}

/// <param name="State">The folded state.</param>
/// <param name="Driven">True while this host drives it.</param>
public sealed record LoopView(LoopState State, bool Driven);
