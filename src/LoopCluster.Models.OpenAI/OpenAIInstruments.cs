using System.Diagnostics.Metrics;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI;

internal sealed class OpenAIInstruments : IDisposable
{
    public const string MeterName = "LoopCluster.Models.OpenAI";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<int> _waiting;

    public OpenAIInstruments(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _duration = _meter.CreateHistogram<double>(
            "loopcluster.model.call.duration",
            "s",
            "One call to an endpoint, by model and outcome."
        );
        _waiting = _meter.CreateUpDownCounter<int>("loopcluster.model.waiting", "{call}", "Calls that wait for room at their endpoint.");
    }

    public void Record(ModelBinding model, ModelResult result, TimeSpan duration)
    {
        if (_duration.Enabled)
        {
            _duration.Record(
                duration.TotalSeconds,
                new("model", model.Name),
                new("outcome", result.Failure is { } failure ? failure.Kind.ToString() : "Replied")
            );
        }
    }

    public void Waiting(ModelBinding model, int change)
    {
        if (_waiting.Enabled)
        {
            _waiting.Add(change, new KeyValuePair<string, object?>("model", model.Name));
        }
    }

    public void Dispose() => _meter.Dispose();
}
