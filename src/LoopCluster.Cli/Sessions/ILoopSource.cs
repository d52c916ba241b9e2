using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Sessions;

/// <summary>Where commands read loops: a data directory's files, or a server.</summary>
internal interface ILoopSource : IAsyncDisposable
{
    /// <summary>The same loops' entries, for folding; a fork's parents are read from it.</summary>
    ILoopLedger Ledger { get; }

    /// <summary>The loop whose id is, or begins with, <paramref name="text"/>.</summary>
    /// <exception cref="Engine.Errors.BadInputException"><c>unknown-loop</c> or <c>ambiguous-loop</c>.</exception>
    ValueTask<LoopId> ResolveAsync(string text, CancellationToken cancellationToken);

    /// <summary>Every loop, oldest first.</summary>
    ValueTask<IReadOnlyList<LoopSummary>> ListAsync(CancellationToken cancellationToken);

    /// <summary>What is shown of a loop.</summary>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The loop is damaged.</exception>
    ValueTask<LoopReport> ReportAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>
    /// Entries from <paramref name="from"/> on; with <paramref name="follow"/> also those to come, until the loop has ended.
    /// </summary>
    IAsyncEnumerable<LedgerLine> EventsAsync(LoopId loop, long from, bool follow, CancellationToken cancellationToken);

    ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>The proof of a verified loop, the report of one that ended otherwise, and a word on how to check it.</summary>
    /// <exception cref="Engine.Errors.BadInputException"><c>no-proof</c>.</exception>
    ValueTask<(ReadOnlyMemory<byte> Proof, string Hint)> ProofAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>A file that the proof names.</summary>
    ValueTask<ReadOnlyMemory<byte>> ProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken);

    /// <summary>Verified loops that people look at, newest first.</summary>
    ValueTask<IReadOnlyList<ReviewItem>> ReviewsAsync(ReviewState state, CancellationToken cancellationToken);

    /// <summary>What the newest loops have shown of their gates.</summary>
    ValueTask<IReadOnlyList<GateRecord>> GatesAsync(CancellationToken cancellationToken);

    /// <summary>The public key that proofs are checked with, in PEM.</summary>
    ValueTask<ReadOnlyMemory<byte>> ProofKeyAsync(CancellationToken cancellationToken);
}
