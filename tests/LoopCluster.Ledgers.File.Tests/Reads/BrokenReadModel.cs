using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Tests.Reads;

/// <summary>As on a full disk: nothing can be written until it is mended, and nothing was kept.</summary>
internal sealed class BrokenReadModel : IReadModel
{
    public bool IsBroken { get; set; } = true;

    public List<LoopRecord> Written { get; } = [];

    public ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken) => default;

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) => new(new LoopPage([], null));

    public ValueTask<LoopRecord?> ReadAsync(LoopId loop, long atLeast, CancellationToken cancellationToken) => default;

    public IAsyncEnumerable<RecordPlace> ListPlacesAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<RecordPlace>();

    public ValueTask RemoveAsync(IReadOnlyList<LoopId> loops, CancellationToken cancellationToken) => default;

    public ValueTask WriteAsync(IReadOnlyList<LoopRecord> records, CancellationToken cancellationToken)
    {
        if (IsBroken)
        {
            throw new InfrastructureException("read-model-unavailable", "no space is left");
        }

        Written.AddRange(records);
        return ValueTask.CompletedTask;
    }
}
