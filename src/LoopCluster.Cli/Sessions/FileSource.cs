using System.Runtime.CompilerServices;
using LoopCluster.Api.Reviews;
using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Reviews;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Cli.Sessions;

/// <summary>Loops of a data directory, read without its lock beside whoever drives them.</summary>
internal sealed class FileSource(LoopRuntime reading, DataDirectory data, CommandHints hints) : ILoopSource
{
    private readonly FileLedgerReader _ledger = reading.Services.GetRequiredService<FileLedgerReader>();

    public ILoopLedger Ledger => _ledger;

    public ValueTask<LoopId> ResolveAsync(string text, CancellationToken cancellationToken) =>
        CommandContext.ResolveAsync(_ledger, text, cancellationToken);

    public async ValueTask<IReadOnlyList<LoopSummary>> ListAsync(CancellationToken cancellationToken)
    {
        var loops = new List<LoopSummary>();
        await foreach (var loop in reading.Records.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            loops.Add(loop);
        }

        return loops;
    }

    public async ValueTask<LoopReport> ReportAsync(LoopId loop, CancellationToken cancellationToken) =>
        (await reading.Records.FindAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop)).Show(
            data.ProofOf
        );

    public async IAsyncEnumerable<LedgerLine> EventsAsync(
        LoopId loop,
        long from,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var next = from; ; )
        {
            await foreach (var line in _ledger.ReadAsync(loop, next, cancellationToken).ConfigureAwait(false))
            {
                yield return line;
                next = line.Seq + 1;
                follow &= !line.IsTerminal;
            }

            if (!follow)
            {
                yield break;
            }

            await _ledger.WaitForGrowthAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, CancellationToken cancellationToken) =>
        await reading.Artifacts.DiffAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop);

    public async ValueTask<(ReadOnlyMemory<byte> Proof, string Hint)> ProofAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var state = await new LoopLoader(_ledger).LoadAsync(loop, cancellationToken).ConfigureAwait(false)
            ?? throw LoopStarter.UnknownLoop(loop);
        if (state.Verified is null)
        {
            return await reading.Artifacts.ReadProofAsync(loop, cancellationToken).ConfigureAwait(false) is { } report
                ? (report, $"'loop proof {loop} --out DIR' writes it with logs and public key, to be checked")
                : throw new BadInputException(
                    "no-proof",
                    "ID",
                    $"loop {loop} has no proof: it is {Names.Of(state.Status)}, not verified. It has one, or a report, once it has ended."
                );
        }

        var file = data.ProofOf(loop);
        return File.Exists(file)
            ? (await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false), $"{file}\n{hints.Of("proof verify", file)}")
            : throw new BadInputException(
                "no-proof",
                "ID",
                $"the proof of loop {loop} is not at {file}; its signed text is kept as blob {state.Verified.Proof.Hash}"
            );
    }

    public async ValueTask<ReadOnlyMemory<byte>> ProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) =>
        await reading.Artifacts.ReadProofFileAsync(loop, name, cancellationToken).ConfigureAwait(false)
        ?? throw new BadInputException("no-proof", "ID", $"the proof of loop {loop} names {name}, which neither ledger nor blobs have");

    public async ValueTask<IReadOnlyList<ReviewItem>> ReviewsAsync(ReviewState state, CancellationToken cancellationToken)
    {
        bool? isOpen = state == ReviewState.All ? null : state == ReviewState.Open;
        return
        [
            .. (
                await reading.Reviews.ListAsync(tenant: null, isOpen, LoopReviews.MostLoops, cancellationToken).ConfigureAwait(false)
            ).Select(ReviewItems.Of),
        ];
    }

    public ValueTask<IReadOnlyList<GateRecord>> GatesAsync(CancellationToken cancellationToken) =>
        reading.Reviews.GatesAsync(tenant: null, LoopReviews.MostLoops, cancellationToken);

    public async ValueTask<ReadOnlyMemory<byte>> ProofKeyAsync(CancellationToken cancellationToken)
    {
        using var key = Runtime.Proofs.ProofKey.ReadPublic(data.PublicKey);
        return await File.ReadAllBytesAsync(data.PublicKey, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => reading.DisposeAsync();
}
