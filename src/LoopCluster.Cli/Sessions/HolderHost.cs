using System.Runtime.CompilerServices;
using LoopCluster.Client;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Sessions;

/// <summary>
/// The loops of a data directory that another process holds: reads come from the ledger's files, everything else goes to the holder.
/// </summary>
internal sealed class HolderHost(ILoopLedger ledger, LoopRecords records, Holder holder, TimeProvider time) : ILoopHost
{
    private readonly LoopReader _reader = new(ledger);
    private readonly LoopLoader _loader = new(ledger);

    /// <summary>Reads diffs and proofs from the directory's files; without it there are none.</summary>
    public LoopArtifacts? Artifacts { get; init; }

    /// <inheritdoc/>
    /// <remarks>After <c>host-gone</c> the loop may exist: look for the id in <paramref name="request"/>.</remarks>
    public ValueTask<LoopId> StartAsync(StartLoop request, CancellationToken cancellationToken) =>
        AskAsync(
            holder.Api.StartAsync(
                request.Tenant,
                request.Spec,
                request.Id ?? LoopStarter.NewId(time),
                request.RequestHash,
                cancellationToken
            )
        );

    public async ValueTask<LoopView?> GetAsync(LoopId loop, CancellationToken cancellationToken) =>
        await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is { } state ? new LoopView(state, Driven: false) : null;

    public async ValueTask<LoopShown?> FindAsync(LoopId loop, CancellationToken cancellationToken) =>
        await records.FindAsync(loop, cancellationToken).ConfigureAwait(false) is { } record ? new LoopShown(record, Driven: false) : null;

    public ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken) =>
        _loader.FindTenantAsync(loop, cancellationToken);

    public IAsyncEnumerable<LoopSummary> ListAsync(CancellationToken cancellationToken) => records.ListAsync(cancellationToken);

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) =>
        records.ListAsync(query, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> DiffAsync(LoopId loop, CancellationToken cancellationToken) =>
        Artifacts?.DiffAsync(loop, cancellationToken) ?? default;

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken) =>
        Artifacts?.ReadProofAsync(loop, cancellationToken) ?? default;

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) =>
        Artifacts?.ReadProofFileAsync(loop, name, cancellationToken) ?? default;

    public ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken) =>
        AskAsync(holder.Api.SignalAsync(loop, signal, cancellationToken));

    public async IAsyncEnumerable<LedgerLine> WatchAsync(
        LoopId loop,
        long fromSeq,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var next = fromSeq; ; )
        {
            await foreach (var line in ledger.ReadAsync(loop, next, cancellationToken).ConfigureAwait(false))
            {
                next = line.Seq + 1;
                yield return line;
                if (line.IsTerminal)
                {
                    yield break;
                }
            }

            await _reader.WaitAsync(loop, next, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<LoopId> ForkAsync(ForkLoop request, CancellationToken cancellationToken) =>
        ForkAsync(request, run: true, cancellationToken);

    /// <summary>As the other one; with <paramref name="run"/> false the fork is created and not driven.</summary>
    public ValueTask<LoopId> ForkAsync(ForkLoop request, bool run, CancellationToken cancellationToken) =>
        AskAsync(
            holder.Api.ForkAsync(
                request.Parent,
                new OwnerForkRequest(request.Seq, request.Budget, run),
                request.Id ?? LoopStarter.NewId(time),
                request.RequestHash,
                cancellationToken
            )
        );

    public ValueTask ResumeAsync(LoopId loop, CancellationToken cancellationToken) =>
        AskAsync(holder.Api.ResumeAsync(loop, cancellationToken));

    private static async ValueTask AskAsync(ValueTask asked)
    {
        try
        {
            await asked.ConfigureAwait(false);
        }
        catch (LoopClusterException e)
        {
            throw Known(e);
        }
    }

    private static async ValueTask<T> AskAsync<T>(ValueTask<T> asked)
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch (LoopClusterException e)
        {
            throw Known(e);
        }
    }

    /// <summary>As a host in this process says it.</summary>
    private static LoopClusterException Known(LoopClusterException error) =>
        error.Code switch
        {
            "server-unavailable" => new InfrastructureException(
                "host-gone",
                "the process that held the data directory has ended; run the command again",
                error
            ),
            LoopClient.OtherProtocol or "unknown-route" => new InfrastructureException(
                "host-of-another-version",
                "the process that holds the data directory is of another version, and the two do not understand each other: end it, then run the command again",
                error
            ),
            "ledger-conflict" => new LedgerConflictException(error.Message),
            "internal-error" => new LoopClusterException(error.Code, error.Message),
            _ => error,
        };
}
