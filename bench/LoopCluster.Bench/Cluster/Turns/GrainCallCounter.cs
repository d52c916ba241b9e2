using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>
/// Counts the calls that grains of this silo get, by name, and the messages this silo sends to other processes, whatever they are. Calls of
/// Orleans' own parts (timers are calls within an activation, load figures and membership go around all the time) are in the messages only.
/// </summary>
internal sealed class GrainCallCounter : IIncomingGrainCallFilter, IDisposable
{
    private readonly ConcurrentDictionary<string, Count> _calls = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private long _sent;

    public GrainCallCounter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "orleans-messaging-sent-messages-size")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((_, _, _, _) => Interlocked.Increment(ref _sent));
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => Interlocked.Increment(ref _sent));
        _listener.Start();
    }

    public long Sent => Interlocked.Read(ref _sent);

    public IReadOnlyDictionary<string, long> Calls =>
        _calls.ToDictionary(c => c.Key, c => Interlocked.Read(ref c.Value.Value), StringComparer.Ordinal);

    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceName.StartsWith("LoopCluster.", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _calls.GetOrAdd($"{context.InterfaceName}.{context.MethodName}", static _ => new Count()).Value);
        }

        return context.Invoke();
    }

    public void Dispose() => _listener.Dispose();

    private sealed class Count
    {
        public long Value;
    }
}
