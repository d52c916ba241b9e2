using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting.Reads;

/// <summary>What is known of a loop and not kept yet: its live state, a record, or that it is gone. Compared by reference.</summary>
internal sealed class PendingRecord
{
    private readonly LoopState? _state;
    private readonly LoopRecord? _record;

    public PendingRecord(LoopState state) => (_state, Seq) = (state, state.Seq);

    public PendingRecord(LoopRecord? record) => (_record, Seq) = (record, record?.Seq ?? 0);

    public long Seq { get; }

    public bool IsGone => _state is null && _record is null;

    public bool IsDamaged => _record?.Summary.Damage is not null;

    /// <summary>Of a fork the loop it was made from.</summary>
    public LoopId? Parent =>
        _state is { } state ? state.Fork?.Parent
        : _record?.Ancestors is [.., var parent] ? parent.Loop
        : null;

    public LoopSummary? Summary => _state is { } state ? LoopSummary.Of(state) : _record?.Summary;

    public LoopRecord? Record => _state is { } state ? LoopRecord.Of(state) : _record;
}
