using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>Loads a loop: its ledger folded, a fork's parents first.</summary>
public sealed class LoopLoader(ILoopLedger ledger)
{
    private const int MostAncestors = 100;

    /// <summary>The loop as of its last durable entry, or null when it does not exist.</summary>
    public ValueTask<LoopState?> LoadAsync(LoopId loop, CancellationToken cancellationToken) =>
        LoadAsync(loop, long.MaxValue, 0, cancellationToken);

    /// <summary>The loop as it was after entry <paramref name="seq"/>.</summary>
    public ValueTask<LoopState?> LoadAsync(LoopId loop, long seq, CancellationToken cancellationToken) =>
        LoadAsync(loop, seq, 0, cancellationToken);

    /// <summary>The state after <paramref name="first"/>, a loop's first entry.</summary>
    public ValueTask<LoopState> BeginAsync(LedgerEntry first, CancellationToken cancellationToken) =>
        BeginAsync(first, 0, cancellationToken);

    /// <inheritdoc cref="ILoopHost.FindTenantAsync"/>
    public async ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken)
    {
        // A fork is its parent's tenant's. Its chain holds the parent's hash, so forks never go in a circle.
        for (var ancestor = loop; ; )
        {
            switch (await ReadFirstAsync(ancestor, cancellationToken).ConfigureAwait(false))
            {
                case LoopCreated created:
                    return created.Tenant;
                case LoopForked forked:
                    ancestor = forked.Parent;
                    break;
                case null when ancestor == loop:
                    return null;
                default:
                    throw new LedgerCorruptException(
                        $"loop {loop} cannot be traced to its beginning: that of loop {ancestor} is not here",
                        null,
                        1
                    );
            }
        }
    }

    private async ValueTask<LoopEvent?> ReadFirstAsync(LoopId loop, CancellationToken cancellationToken)
    {
        await foreach (var line in ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
        {
            return LedgerCodec.Read(line).Events[0];
        }

        return null;
    }

    private async ValueTask<LoopState?> LoadAsync(LoopId loop, long seq, int depth, CancellationToken cancellationToken)
    {
        LoopState? state = null;
        await foreach (var line in ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
        {
            if (line.Seq > seq)
            {
                break;
            }

            var entry = LedgerCodec.Read(line);
            state = state is null ? await BeginAsync(entry, depth, cancellationToken).ConfigureAwait(false) : LoopFold.Apply(state, entry);
            if (state.Fault is { } fault)
            {
                throw new LedgerCorruptException(
                    $"entry {entry.Seq} of loop {loop}: {fault}. Run 'loop ledger verify {loop}'.",
                    null,
                    entry.Seq
                );
            }
        }

        return state;
    }

    private async ValueTask<LoopState> BeginAsync(LedgerEntry first, int depth, CancellationToken cancellationToken)
    {
        if (first.Events[0] is not LoopForked fork)
        {
            return LoopFold.Begin(first);
        }

        if (depth >= MostAncestors)
        {
            throw new LedgerCorruptException($"loop {first.Loop} is a fork of more than {MostAncestors} generations", null, first.Seq);
        }

        var parent = await LoadAsync(fork.Parent, fork.Seq, depth + 1, cancellationToken).ConfigureAwait(false);
        return parent is null
            ? throw new LedgerCorruptException($"loop {first.Loop} is a fork of {fork.Parent}, whose ledger is not here", null, first.Seq)
            : LoopFold.BeginFork(parent, first);
    }
}
