using System.Runtime.CompilerServices;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Hosting.Socket;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting;

/// <summary>
/// The loops of a data directory that another process holds: reads come from the ledger's files, everything else goes to the holder.
/// </summary>
public sealed class RemoteLoopHost(ILoopLedger ledger, HostSocketClient holder, TimeProvider time) : ILoopHost
{
    private readonly LoopReader _reader = new(ledger, new FoldedReadModel(ledger));

    /// <summary>Reads diffs and proofs from the directory's files; without it there are none.</summary>
    public LoopArtifacts? Artifacts { get; init; }

    /// <inheritdoc/>
    /// <remarks>After <c>host-gone</c> the loop may exist: look for the id in <paramref name="request"/>.</remarks>
    public async ValueTask<LoopId> StartAsync(StartLoop request, CancellationToken cancellationToken)
    {
        var id = request.Id ?? LoopStarter.NewId(time);
        await holder.SendAsync(new HostRequest { Start = new HostStart(request.Tenant, JsonSerializer.SerializeToElement(request.Spec, EngineJson.Default.LoopSpec), id.Value, request.RequestHash) }, cancellationToken).ConfigureAwait(false);
        return id;
    }

    public async ValueTask<LoopView?> GetAsync(LoopId loop, CancellationToken cancellationToken) =>
        await _reader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is { } state ? new LoopView(state, Driven: false) : null;

    public ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken) => _reader.FindTenantAsync(loop, cancellationToken);

    public IAsyncEnumerable<LoopSummary> ListAsync(CancellationToken cancellationToken) => _reader.ListAsync(cancellationToken);

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) => _reader.ListAsync(query, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> DiffAsync(LoopId loop, CancellationToken cancellationToken) => Artifacts?.DiffAsync(loop, cancellationToken) ?? default;

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken) => Artifacts?.ReadProofAsync(loop, cancellationToken) ?? default;

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) => Artifacts?.ReadProofFileAsync(loop, name, cancellationToken) ?? default;

    public async ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        var message = new HostSignal { Loop = loop.Value, Kind = "", Id = signal.Id, By = signal.By };
        message = signal switch
        {
            CancelSignal cancel => message with { Kind = "cancel", Text = cancel.Reason },
            PauseSignal pause => message with { Kind = "pause", Text = pause.Reason },
            ResumeSignal => message with { Kind = "resume" },
            MessageSignal text => message with { Kind = "message", Text = text.Text },
            ApprovalSignal approval => message with { Kind = "approval", Text = approval.Reason, Asked = approval.Asked, Granted = approval.Granted },
            _ => throw new ArgumentException($"{signal.GetType().Name} has no form on the wire", nameof(signal)),
        };
        await holder.SendAsync(new HostRequest { Signal = message }, cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<LedgerLine> WatchAsync(LoopId loop, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = fromSeq; ;)
        {
            await foreach (var line in ledger.ReadAsync(loop, next, cancellationToken).ConfigureAwait(false))
            {
                next = line.Seq + 1;
                yield return line;
                if (LoopReader.IsTerminal(line))
                {
                    yield break;
                }
            }

            await _reader.WaitAsync(loop, next, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<LoopId> ForkAsync(ForkLoop request, CancellationToken cancellationToken) => ForkAsync(request, run: true, cancellationToken);

    /// <summary>As the other one; with <paramref name="run"/> false the fork is created and not driven.</summary>
    public async ValueTask<LoopId> ForkAsync(ForkLoop request, bool run, CancellationToken cancellationToken)
    {
        var id = request.Id ?? LoopStarter.NewId(time);
        JsonElement? limits = request.Budget is null ? null : JsonSerializer.SerializeToElement(request.Budget, EngineJson.Default.BudgetLimits);
        await holder.SendAsync(new HostRequest { Fork = new HostFork(request.Parent.Value, request.Seq, limits, run, id.Value, request.RequestHash) }, cancellationToken).ConfigureAwait(false);
        return id;
    }

    public async ValueTask ResumeAsync(LoopId loop, CancellationToken cancellationToken) =>
        await holder.SendAsync(new HostRequest { Resume = new HostResume(loop.Value) }, cancellationToken).ConfigureAwait(false);
}
